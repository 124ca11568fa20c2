import { flatten, type Tensor, unflatten } from '@gradus/tensor';
import { Module } from '../module.ts';

/** Merges axes; all but the first if left out. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }
}

/** Splits one axis into several. */
export class Unflatten extends Module {
  readonly dim: number;
  readonly sizes: readonly number[];

  constructor(dim: number, sizes: readonly number[]) {
    super();
    this.dim = dim;
    this.sizes = sizes;
  }

  override forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.sizes);
  }
}

/** Gives what it gets. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}
