import { keep, type Tensor } from '@gradus/tensor';
import { alias, copy } from '@gradus/tensor/launch';
import { isGradEnabled } from './mode.ts';
import { type Gradients, infoOf, Node } from './node.ts';

/** Where the graph ends: adds the gradient to a leaf's `grad`. */
export class AccumulateNode extends Node {
  readonly name = 'accumulate';
  readonly leaf: Tensor;

  constructor(leaf: Tensor) {
    super([], [infoOf(leaf)]);
    this.leaf = leaf;
  }

  override apply([gradient]: Gradients): Gradients {
    if (!gradient) return [];
    const { grad } = this.leaf;
    if (grad === null) this.leaf.grad = keep(this.#own(gradient));
    else if (isGradEnabled()) this.leaf.grad = keep(grad.add(gradient));
    else grad.add_(gradient);
    return [];
  }

  override release(): void {}

  /** The gradient itself where nobody else holds its memory and it fills it; a copy otherwise. */
  #own(gradient: Tensor): Tensor {
    if (isGradEnabled()) return gradient;
    const { layout, storage } = gradient;
    const fills = layout.isContiguous && layout.offset === 0;
    if (!fills || storage.references > 1) return copy('accumulate', gradient);
    return alias(gradient);
  }
}
