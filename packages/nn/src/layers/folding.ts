import type { Tensor } from '@gradus/tensor';
import { type FoldOptions, fold2d, type PerAxis, unfold2d } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/**
 * The windows of an image as columns: [N, C, H, W] to [N, C kH kW, windows].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html
 */
export class Unfold extends Module {
  readonly kernelSize: PerAxis;
  readonly options: FoldOptions;

  constructor(kernelSize: PerAxis, options: FoldOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return unfold2d(x, this.kernelSize, this.options);
  }
}

/**
 * Columns added back into an image: [N, C kH kW, windows] to [N, C, ...outputSize].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Fold.html
 */
export class Fold extends Module {
  readonly outputSize: PerAxis;
  readonly kernelSize: PerAxis;
  readonly options: FoldOptions;

  constructor(outputSize: PerAxis, kernelSize: PerAxis, options: FoldOptions = {}) {
    super();
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return fold2d(x, this.outputSize, this.kernelSize, this.options);
  }
}
