import type { Tensor } from '@gradus/tensor';
import { Linear, type LinearOptions } from '../layers/index.ts';
import type { Parameter } from '../parameter.ts';
import { initialize, UninitializedParameter } from './uninitialized.ts';

/**
 * A `Linear` that learns how many features its inputs have from the first of them.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LazyLinear.html
 */
export class LazyLinear extends Linear {
  override weight: Parameter;
  override bias: Parameter | null;

  constructor(outFeatures: number, options: LinearOptions = {}) {
    super(0, outFeatures, { ...options, bias: false });
    this.weight = new UninitializedParameter([outFeatures, 0], options);
    this.bias = (options.bias ?? true) ? new UninitializedParameter([0], options) : null;
  }

  override forward(x: Tensor): Tensor {
    const { outFeatures } = this;
    initialize(this, Linear, { weight: [outFeatures, x.shape[x.ndim - 1] as number], bias: [outFeatures] });
    return super.forward(x);
  }
}
