import { empty, type Tensor } from '@gradus/tensor';
import { linear } from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import { resetWeightAndBias } from './reset.ts';

export interface LinearOptions extends ParameterOptions {
  readonly bias?: boolean;
}

/**
 * x weight^T + bias: [..., in] to [..., out].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends Module {
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, ...tensorOptions } = options;
    this.weight = new Parameter(empty([outFeatures, inFeatures], tensorOptions));
    this.bias = bias ? new Parameter(empty([outFeatures], tensorOptions)) : null;
    this.resetParameters();
  }

  get inFeatures(): number {
    return this.weight.shape[1] as number;
  }

  get outFeatures(): number {
    return this.weight.shape[0] as number;
  }

  /** Draws new parameters, as PyTorch's default does. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }

  protected override describe(): string {
    return `${this.inFeatures}, ${this.outFeatures}, bias=${this.bias !== null}`;
  }
}
