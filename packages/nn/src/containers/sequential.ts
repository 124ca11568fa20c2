import type { Tensor } from '@gradus/tensor';
import { type AnyModule, Module } from '../module.ts';

/** Layers by name. */
export type NamedLayers = Readonly<Record<string, Module>>;

/**
 * Layers one after the other, named '0', '1', ... as in PyTorch, or by the keys of one object (Python's OrderedDict):
 * `new Sequential({ conv: new Conv2d(1, 6, 5), relu: new ReLU() })`. One of them is `model.layers[0]` or `model.layers.conv`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 */
export class Sequential extends Module {
  readonly layers: NamedLayers = {};

  constructor(...layers: readonly Module[] | readonly [NamedLayers]) {
    super();
    const [first] = layers;
    Object.assign(this.layers, first instanceof Module ? layers : first);
  }

  protected override *members(): Iterable<readonly [string, AnyModule]> {
    for (const [name, layer] of Object.entries(this.layers)) yield [name, layer as unknown as AnyModule];
  }

  override forward(x: Tensor): Tensor {
    return Object.values(this.layers).reduce((value, layer) => layer.forward(value), x);
  }
}
