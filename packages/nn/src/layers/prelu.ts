import { full, prelu, type Tensor } from '@gradus/tensor';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';

export interface PReLUOptions extends ParameterOptions {
  /** 1, or the number of channels (axis 1): each has a slope then. Default 1. */
  readonly numParameters?: number;
  /** The slope below 0 to begin with. Default 0.25. */
  readonly init?: number;
}

/**
 * relu with a learned slope below 0. (He et al. 2015.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PReLU.html
 */
export class PReLU extends Module {
  weight: Parameter;

  constructor(options: PReLUOptions = {}) {
    super();
    this.weight = new Parameter(
      full([options.numParameters ?? 1], options.init ?? 0.25, { dtype: 'float32', ...options }),
    );
  }

  override forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  protected override describe(): string {
    return `numParameters=${this.weight.size}`;
  }
}
