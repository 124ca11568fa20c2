import { empty, type Tensor } from '@gradus/tensor';
import { bilinear } from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import type { LinearOptions } from './linear.ts';
import { uniformWithin } from './reset.ts';

/**
 * a^T W_o b + bias_o for every output o: [..., in1] and [..., in2] to [..., out].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
 */
export class Bilinear extends Module<[a: Tensor, b: Tensor]> {
  weight: Parameter;
  bias: Parameter | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const tensorOptions: ParameterOptions = options;
    this.weight = new Parameter(empty([outFeatures, in1Features, in2Features], tensorOptions));
    this.bias = (options.bias ?? true) ? new Parameter(empty([outFeatures], tensorOptions)) : null;
    this.resetParameters();
  }

  /** Uniform in +-1 / sqrt(in1), the weight drawn first. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.weight.shape[1] as number);
    uniformWithin(this.weight, bound);
    if (this.bias !== null) uniformWithin(this.bias, bound);
  }

  override forward(a: Tensor, b: Tensor): Tensor {
    return bilinear(a, b, this.weight, this.bias);
  }

  protected override describe(): string {
    const [out, in1, in2] = this.weight.shape;
    return `${in1}, ${in2}, ${out}, bias=${this.bias !== null}`;
  }
}
