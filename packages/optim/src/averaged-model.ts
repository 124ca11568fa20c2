import { expressions as e } from '@gradus/backend';
import { ArgumentError, isFloat } from '@gradus/storage';
import { type Tensor, tensor, unrecorded } from '@gradus/tensor';
import { defineUpdate } from './define-update.ts';

/** What averaging needs of a model: any module of `@gradus/nn` has it. */
export interface Averageable {
  namedParameters(): Iterable<readonly [string, Tensor]>;
  namedBuffers(): Iterable<readonly [string, Tensor]>;
  stateDict(): Map<string, Tensor>;
  loadStateDict(state: ReadonlyMap<string, Tensor>): unknown;
}

/** The part that new values get in an average of `count` earlier ones. */
export type AverageWeight = (count: number) => number;

/** All values alike: stochastic weight averaging (Izmailov et al. 2018). */
export const swaWeight: AverageWeight = (count) => 1 / (count + 1);

/** An exponential moving average: `decay` of the old and the rest of the new values. */
export function emaWeight(decay = 0.999): AverageWeight {
  if (!(decay >= 0 && decay <= 1)) throw new ArgumentError(`emaWeight: decay must be in [0, 1], got ${decay}`);
  return () => 1 - decay;
}

export interface AveragedModelOptions {
  /** `swaWeight` if left out, or `emaWeight(decay)`. */
  readonly weight?: AverageWeight;
  /** Average buffers too; otherwise they are the model's latest. */
  readonly useBuffers?: boolean;
}

/**
 * The average of a model's weights over training, in a second model of the same make (`deepCopy` of `@gradus/nn` gives one):
 *
 * ```ts
 * const averaged = new AveragedModel(model, deepCopy(model), { weight: emaWeight(0.999) })
 * averaged.updateParameters(model)                // after every step
 * averaged.module.forward(x)
 * ```
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html
 */
export class AveragedModel<Model extends Averageable> {
  /** The model with the averaged weights. */
  readonly module: Model;
  /** How many values are in the average. */
  nAveraged = 0;
  readonly #weight: AverageWeight;
  readonly #useBuffers: boolean;

  /** `module` takes the model's values. */
  constructor(model: Averageable, module: Model, options: AveragedModelOptions = {}) {
    this.module = module;
    this.#weight = options.weight ?? swaWeight;
    this.#useBuffers = options.useBuffers ?? false;
    module.loadStateDict(model.stateDict());
  }

  /** Takes in the model's present values. */
  updateParameters(model: Averageable): void {
    const weight = this.nAveraged === 0 ? 1 : this.#weight(this.nAveraged);
    const mix = (targets: Iterable<readonly [string, Tensor]>, sources: Iterable<readonly [string, Tensor]>): void => {
      const values = new Map(sources);
      for (const [name, average] of targets) {
        const value = values.get(name) as Tensor;
        if (weight === 1 || !isFloat(average.dtype)) unrecorded(() => average.copy_(value));
        else towards({ average, value }, { weight });
      }
    };
    mix(this.module.namedParameters(), model.namedParameters());
    if (this.#useBuffers) mix(this.module.namedBuffers(), model.namedBuffers());
    else {
      const latest = new Map(model.namedBuffers());
      unrecorded(() => {
        for (const [name, buffer] of this.module.namedBuffers()) buffer.copy_(latest.get(name) as Tensor);
      });
    }
    this.nAveraged++;
  }

  /** PyTorch's names: `n_averaged` and `module.*`. */
  stateDict(): Map<string, Tensor> {
    const state = new Map([['n_averaged', tensor(this.nAveraged, { dtype: 'int32' })]]);
    for (const [name, value] of this.module.stateDict()) state.set(`module.${name}`, value);
    return state;
  }

  /** Reads the count, which the backend has to do synchronously. */
  loadStateDict(state: ReadonlyMap<string, Tensor>): void {
    const own = [...state].filter(([name]) => name.startsWith('module.'));
    this.module.loadStateDict(new Map(own.map(([name, value]) => [name.slice('module.'.length), value])));
    this.nAveraged = state.get('n_averaged')?.itemSync() ?? 0;
  }
}

const towards = defineUpdate(['average', 'value'], ['weight'], ({ average, value }, { weight }) => ({
  average: e.add(average, e.mul(weight, e.sub(value, average))),
}));
