import type { Tensor } from '@gradus/tensor';
import { type AnyModule, Module } from '../module.ts';

/**
 * Layers one after the other, named '0', '1', ... as in PyTorch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 */
export class Sequential extends Module {
  readonly layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    this.layers = layers;
  }

  protected override *members(): Iterable<readonly [string, AnyModule]> {
    for (const [i, layer] of this.layers.entries()) yield [String(i), layer as unknown as AnyModule];
  }

  override forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}
