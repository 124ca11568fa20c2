import { ArgumentError } from '@gradus/storage';
import { keep, type Tensor, zerosLike } from '@gradus/tensor';
import { exportState, importState, type OptimizerStateDict } from './state-dict.ts';

/** Options that every optimizer has. */
export interface BaseOptions {
  /** Learning rate. */
  lr: number;
}

/** Parameters with options of their own. The options may be changed between steps; schedulers change `lr`. */
export type ParameterGroup<Options extends BaseOptions> = Options & {
  params: Tensor[];
  /** What `lr` was before any scheduler changed it. */
  initialLr?: number;
};

/** Parameters, or groups of them that override some options. */
export type Parameters<Options extends BaseOptions> =
  | Iterable<Tensor>
  | Iterable<{ readonly params: Iterable<Tensor> } & Partial<Options>>;

/** What an optimizer remembers of one parameter: tensors, and counts of steps. */
export type ParameterState = { step: number } & Record<string, Tensor | number>;

/** What schedulers and training loops need of any optimizer, whatever its options. */
export interface AnyOptimizer {
  readonly paramGroups: readonly (BaseOptions & { params: Tensor[]; initialLr?: number })[];
  zeroGrad(): void;
  step(closure?: () => Tensor): Tensor | null;
  stateDict(): OptimizerStateDict;
  loadStateDict(dict: OptimizerStateDict): void;
}

/**
 * Base of all optimizers: parameter groups, state, and the loop over parameters that have a gradient. A subclass says how
 * one parameter is updated, in one kernel.
 *
 * @see https://pytorch.org/docs/stable/optim.html
 */
export abstract class Optimizer<Options extends BaseOptions = BaseOptions> implements AnyOptimizer {
  readonly paramGroups: ParameterGroup<Options>[] = [];
  readonly state: Map<Tensor, ParameterState> = new Map();
  readonly #defaults: Options;

  constructor(parameters: Parameters<Options>, defaults: Options) {
    this.#defaults = defaults;
    const given = [...parameters] as (Tensor | ({ readonly params: Iterable<Tensor> } & Partial<Options>))[];
    if (given.length === 0) throw new ArgumentError(`${this.constructor.name}: no parameters to optimize`);
    const groups = given.filter((entry) => 'params' in entry);
    if (groups.length === 0)
      this.addParamGroup({ params: given as Tensor[] } as { params: Tensor[] } & Partial<Options>);
    for (const group of groups) this.addParamGroup(group);
  }

  /** Adds parameters with options of their own, as when layers are unfrozen during training. */
  addParamGroup(group: { readonly params: Iterable<Tensor> } & Partial<Options>): void {
    const params = [...group.params];
    const known = new Set(this.paramGroups.flatMap((other) => other.params));
    if (params.some((param) => known.has(param)) || new Set(params).size !== params.length) {
      throw new ArgumentError(`${this.constructor.name}: a parameter appears twice`);
    }
    const inner = params.find((param) => !param.isLeaf);
    if (inner !== undefined)
      throw new ArgumentError(`${this.constructor.name}: only leaves can be optimized, not ${inner}`);
    const complete = { ...this.#defaults, ...group, params } as ParameterGroup<Options>;
    this.validate(complete);
    this.paramGroups.push(complete);
  }

  /** Drops all gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) {
      for (const param of params) {
        param.grad?.dispose();
        param.grad = null;
      }
    }
  }

  /** One update of every parameter that has a gradient. A closure computes the loss (and gradients) first. */
  step(closure?: () => Tensor): Tensor | null {
    const loss = closure === undefined ? null : closure();
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        if (param.grad === null) continue;
        const state = this.#stateOf(param);
        state.step++;
        this.update(param, param.grad, state, group);
      }
    }
    return loss;
  }

  /** Everything needed to go on later, in PyTorch's arrangement: parameters are numbered in the order of the groups. */
  stateDict(): OptimizerStateDict {
    return exportState(this.paramGroups, this.state);
  }

  /** Takes over what `stateDict` gave; tensors are copied to each parameter's dtype and backend. */
  loadStateDict(dict: OptimizerStateDict): void {
    importState(dict, this.paramGroups, this.state);
  }

  /** Throws an ArgumentError for options out of range. */
  protected abstract validate(group: ParameterGroup<Options>): void;

  protected abstract update(param: Tensor, grad: Tensor, state: ParameterState, group: ParameterGroup<Options>): void;

  /** A tensor of the state, zeros of the parameter's kind at first. */
  protected buffer(state: ParameterState, name: string, param: Tensor): Tensor {
    state[name] ??= keep(zerosLike(param));
    return state[name] as Tensor;
  }

  #stateOf(param: Tensor): ParameterState {
    let state = this.state.get(param);
    if (state === undefined) {
      state = { step: 0 };
      this.state.set(param, state);
    }
    return state;
  }
}

/** Throws unless every named option is at least 0 (and below `below`, where given). */
export function assertRange(
  name: string,
  options: Readonly<Record<string, number>>,
  below: number = Number.POSITIVE_INFINITY,
): void {
  for (const [option, value] of Object.entries(options)) {
    if (!(value >= 0 && value < below))
      throw new ArgumentError(`${name}: ${option} must be in [0, ${below}), got ${value}`);
  }
}
