import { expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { all, full, isfinite, keep, mul, scope, stack, type Tensor, unrecorded } from '@gradus/tensor';
import { defineUpdate, skippedWhere } from './define-update.ts';
import type { AnyOptimizer } from './optimizer.ts';
import type { ParameterState } from './parameter-groups.ts';

export interface GradScalerOptions {
  /** The first scale; 65536 if left out. */
  readonly initScale?: number;
  /** What the scale grows by; 2 if left out. */
  readonly growthFactor?: number;
  /** What it shrinks by after infinite gradients; 0.5 if left out. */
  readonly backoffFactor?: number;
  /** How many steps in a row with finite gradients let it grow; 2000 if left out. */
  readonly growthInterval?: number;
  /** false: everything passes through as it is. */
  readonly enabled?: boolean;
}

/** The scaler's state as PyTorch has it. */
export interface GradScalerState {
  readonly scale: number;
  readonly growth_factor: number;
  readonly backoff_factor: number;
  readonly growth_interval: number;
  readonly _growth_tracker: number;
}

/** What a scaled step needs of an optimizer: any that updates each parameter by itself. */
export interface ScalableOptimizer extends AnyOptimizer {
  readonly state: ReadonlyMap<Tensor, ParameterState>;
}

/**
 * Scales the loss, so that small gradients don't vanish in float16, and the gradients back; steps with infinite gradients are left
 * out, and the scale adapts. (Micikevicius et al. 2018.)
 *
 * ```ts
 * const loss = autocast({ dtype: 'float16' }, () => crossEntropy(model.forward(x), y))
 * scaler.scale(loss).backward()
 * scaler.unscale_(optimizer)                      // only to clip, or look at, the gradients
 * clipGradNorm(model.parameters(), 1)
 * scaler.step(optimizer)
 * scaler.update()
 * ```
 *
 * Scale and flags stay on the device. Where the backend reads synchronously, a step looks at its flag; elsewhere it is launched
 * without waiting and changes nothing where the flag is set, and the counts of steps are put right when the flag has come.
 *
 * @see https://pytorch.org/docs/stable/amp.html#gradient-scaling
 */
export class GradScaler {
  readonly #options: Required<GradScalerOptions>;
  /** Made on the backend of the first loss. */
  #scale: Tensor | null = null;
  #tracker: Tensor | null = null;
  /** Whether gradients are infinite, by optimizer, since the last update. */
  readonly #found: Map<object, Tensor> = new Map();
  readonly #stepped: Set<object> = new Set();
  #initial: Pick<GradScalerState, 'scale' | '_growth_tracker'>;

  constructor(options: GradScalerOptions = {}) {
    const defaults = { initScale: 65536, growthFactor: 2, backoffFactor: 0.5, growthInterval: 2000, enabled: true };
    this.#options = { ...defaults, ...options };
    const { growthFactor, backoffFactor, initScale } = this.#options;
    if (!(growthFactor > 1)) throw new ArgumentError(`GradScaler: growthFactor must be above 1, got ${growthFactor}`);
    if (!(backoffFactor < 1))
      throw new ArgumentError(`GradScaler: backoffFactor must be below 1, got ${backoffFactor}`);
    this.#initial = { scale: initScale, _growth_tracker: 0 };
  }

  /** The loss times the scale. */
  scale(loss: Tensor): Tensor {
    return this.#options.enabled ? mul(loss, this.#scaleOn(loss)) : loss;
  }

  /** Divides the gradients of an optimizer's parameters by the scale, in place; `step` does it otherwise. */
  unscale_(optimizer: ScalableOptimizer): void {
    if (!this.#options.enabled) return;
    if (this.#found.has(optimizer)) {
      throw new ArgumentError('GradScaler: unscale_ was called before for this optimizer since the last update()');
    }
    const grads = gradsOf(optimizer);
    const [first] = grads;
    if (first === undefined) throw new ArgumentError('GradScaler: no parameter has a gradient; call backward() first');
    const found = unrecorded(() =>
      scope(() => {
        const inverse = this.#scaleOn(first).reciprocal();
        for (const grad of grads) grad.mul_(inverse);
        return stack(grads.map((grad) => all(isfinite(grad))))
          .all()
          .logicalNot()
          .to('float32');
      }),
    );
    this.#found.set(optimizer, keep(found));
  }

  /** `optimizer.step()`, unless a gradient is infinite or NaN. */
  step(optimizer: ScalableOptimizer): void {
    if (!this.#options.enabled) {
      optimizer.step();
      return;
    }
    if (this.#stepped.has(optimizer)) throw new ArgumentError('GradScaler: step was called twice without update()');
    if (!this.#found.has(optimizer)) this.unscale_(optimizer);
    this.#stepped.add(optimizer);
    const found = this.#found.get(optimizer) as Tensor;
    if (found.backend.capabilities.syncRead) {
      if (found.itemSync() === 0) optimizer.step();
    } else stepUnless(found, optimizer);
  }

  /** Adapts the scale to what was found since the last update, or sets it. */
  update(newScale?: number): void {
    if (!this.#options.enabled) return;
    if (newScale !== undefined) this.#scale?.fill_(newScale);
    else if (this.#found.size === 0)
      throw new ArgumentError('GradScaler: update() without a step or unscale_ before it');
    else this.#adapt([...this.#found.values()]);
    for (const found of this.#found.values()) found.dispose();
    this.#found.clear();
    this.#stepped.clear();
  }

  /** The scale in force. Waits for the device. */
  async getScale(): Promise<number> {
    return this.#options.enabled ? ((await this.#scale?.item()) ?? this.#initial.scale) : 1;
  }

  /** `getScale` without waiting, where the backend reads synchronously. */
  getScaleSync(): number {
    return this.#options.enabled ? (this.#scale?.itemSync() ?? this.#initial.scale) : 1;
  }

  /** PyTorch's dictionary. Waits for the device. */
  async stateDict(): Promise<GradScalerState> {
    return this.#state(await this.getScale(), (await this.#tracker?.item()) ?? this.#initial._growth_tracker);
  }

  /** `stateDict` without waiting, where the backend reads synchronously. */
  stateDictSync(): GradScalerState {
    return this.#state(this.getScaleSync(), this.#tracker?.itemSync() ?? this.#initial._growth_tracker);
  }

  loadStateDict(state: GradScalerState): void {
    Object.assign(this.#options, {
      growthFactor: state.growth_factor,
      backoffFactor: state.backoff_factor,
      growthInterval: state.growth_interval,
    });
    this.#initial = { scale: state.scale, _growth_tracker: state._growth_tracker };
    this.#scale?.fill_(state.scale);
    this.#tracker?.fill_(state._growth_tracker);
  }

  #state(scale: number, tracker: number): GradScalerState {
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    return {
      scale,
      growth_factor: growthFactor,
      backoff_factor: backoffFactor,
      growth_interval: growthInterval,
      _growth_tracker: tracker,
    };
  }

  #scaleOn({ backend }: Tensor): Tensor {
    const scalar = (value: number): Tensor => keep(full([], value, { dtype: 'float32', backend }));
    this.#scale ??= scalar(this.#initial.scale);
    this.#tracker ??= scalar(this.#initial._growth_tracker);
    return this.#scale;
  }

  #adapt(flags: readonly Tensor[]): void {
    const [scale, tracker] = [this.#scale as Tensor, this.#tracker as Tensor];
    const { growthFactor: growth, backoffFactor: backoff, growthInterval: interval } = this.#options;
    unrecorded(() => scope(() => adapt({ scale, tracker, found: stack(flags).amax() }, { growth, backoff, interval })));
  }
}

const adapt = defineUpdate(
  ['scale', 'tracker', 'found'],
  ['growth', 'backoff', 'interval'],
  ({ scale, tracker, found }, { growth, backoff, interval }) => {
    const isFound = e.ne(found, 0);
    const steps = e.add(tracker, 1);
    const isRipe = e.ge(steps, interval);
    const grown = e.mul(scale, growth);
    const larger = e.select(e.lt(grown, Number.POSITIVE_INFINITY), grown, scale);
    return {
      scale: e.select(isFound, e.mul(scale, backoff), e.select(isRipe, larger, scale)),
      tracker: e.select(isFound, 0, e.select(isRipe, 0, steps)),
    };
  },
);

function gradsOf({ paramGroups }: ScalableOptimizer): readonly Tensor[] {
  return paramGroups.flatMap(({ params }) => params.flatMap((param) => param.grad ?? []));
}

/** Steps without knowing whether it counts, and takes the counts of steps back when it turns out that it didn't. */
function stepUnless(found: Tensor, optimizer: ScalableOptimizer): void {
  skippedWhere(found, () => void optimizer.step());
  const counted = optimizer.paramGroups.flatMap(({ params }) =>
    params.flatMap((param): ParameterState | [] => (param.grad === null ? [] : (optimizer.state.get(param) ?? []))),
  );
  void found.item().then((value) => {
    if (value !== 0) for (const state of counted) state.step--;
  });
}
