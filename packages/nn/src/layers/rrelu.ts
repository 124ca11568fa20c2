import type { Tensor } from '@gradus/tensor';
import { rrelu } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

export interface RReLUOptions {
  /** Lowest slope below 0. Default 1/8. */
  readonly lower?: number;
  /** Highest slope below 0. Default 1/3. */
  readonly upper?: number;
}

/**
 * relu whose slope below 0 is drawn anew for each element in training. (Xu et al. 2015.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.RReLU.html
 */
export class RReLU extends Module {
  readonly options: RReLUOptions;

  constructor(options: RReLUOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return rrelu(x, { ...this.options, training: this.training });
  }
}
