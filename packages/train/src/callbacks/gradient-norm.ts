import { clipGradNorm, clipGradValue, getTotalNorm } from '@gradus/optim';
import type { Tensor } from '@gradus/tensor';
import type { Callback } from '../callback.ts';
import type { Trainer } from '../trainer.ts';

export interface GradientNormOptions {
  /** The largest joint norm: larger gradients are scaled down to it. */
  readonly maxNorm?: number;
  /** The largest magnitude of a single gradient; the rest is cut off. Applied before `maxNorm`. */
  readonly maxValue?: number;
}

/** Measures the joint norm of all gradients (before `maxNorm` acts) as `gradientNorm`, and clips them where that is asked for. */
export class GradientNorm<Batch> implements Callback<Batch> {
  readonly #options: GradientNormOptions;

  constructor(options: GradientNormOptions = {}) {
    this.#options = options;
  }

  onGradients({ options }: Trainer<Batch, unknown>): { readonly gradientNorm: Tensor } {
    const { maxNorm, maxValue } = this.#options;
    const parameters = options.model.parameters();
    if (maxValue !== undefined) clipGradValue(parameters, maxValue);
    if (maxNorm !== undefined) return { gradientNorm: clipGradNorm(parameters, maxNorm) };
    return { gradientNorm: getTotalNorm(parameters.flatMap(({ grad }) => grad ?? [])) };
  }
}
