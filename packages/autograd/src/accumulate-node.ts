import { keep, type Tensor } from '@gradus/tensor';
import { alias, copy } from '@gradus/tensor/launch';
import { isGradEnabled } from './mode.ts';
import { type Gradients, infoOf, Node } from './node.ts';

/** Sees a leaf after a gradient was added to its `grad`. */
export type PostAccumulateHook = (leaf: Tensor) => void;

/** Where the graph ends: adds the gradient to a leaf's `grad`. */
export class AccumulateNode extends Node {
  readonly name = 'accumulate';
  readonly leaf: Tensor;
  /** Made with the first hook. */
  afterwards: Set<PostAccumulateHook> | null = null;

  constructor(leaf: Tensor) {
    super([], [infoOf(leaf)]);
    this.leaf = leaf;
  }

  override apply([gradient]: Gradients): Gradients {
    if (!gradient) return [];
    accumulate(this.leaf, gradient);
    if (this.afterwards !== null) for (const hook of this.afterwards) hook(this.leaf);
    return [];
  }

  override release(): void {}
}

/** Adds to a tensor's `grad`: in place, unless the pass is recorded. */
export function accumulate(x: Tensor, gradient: Tensor): void {
  const { grad } = x;
  if (grad === null) x.grad = keep(owned(gradient));
  else if (isGradEnabled()) x.grad = keep(grad.add(gradient));
  else grad.add_(gradient);
}

/** The gradient itself where nobody else holds its memory and it fills it; a copy otherwise. */
function owned(gradient: Tensor): Tensor {
  const { layout, storage } = gradient;
  const fills = layout.isContiguous && layout.offset === 0;
  if (isGradEnabled() || !fills || storage.references > 1) return copy('accumulate', gradient);
  return alias(gradient);
}
