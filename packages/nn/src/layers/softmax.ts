import { formatShape, ShapeError } from '@gradus/storage';
import { logSoftmax, softmax, softmin, type Tensor } from '@gradus/tensor';
import { Module } from '../module.ts';

/** Numbers into probabilities along one axis. @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html */
abstract class AlongAxis extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  protected override describe(): string {
    return `dim=${this.dim}`;
  }
}

export class Softmax extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}

/** The softmax of -x. */
export class Softmin extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}

export class LogSoftmax extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}

/** Softmax over the channels of x [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(x: Tensor): Tensor {
    if (x.ndim !== 3 && x.ndim !== 4) {
      throw new ShapeError(`Softmax2d: expected [N, C, H, W] or [C, H, W], got ${formatShape(x.shape)}`);
    }
    return softmax(x, -3);
  }
}
