import { formatShape, ShapeError } from '@gradus/storage';
import { logSoftmax, softmax, softmin, type Tensor } from '@gradus/tensor';
import { Module } from '../module.ts';

/** Numbers into probabilities along one axis. @see https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html */
abstract class AlongAxis extends Module {
  /** The axis; null for the one that old PyTorch chose: the first of 0, 1 and 3 axes, else the second. */
  readonly dim: number | null;

  constructor(dim: number | null = null) {
    super();
    this.dim = dim;
  }

  protected axisOf({ ndim }: Tensor): number {
    return this.dim ?? (ndim === 2 || ndim > 3 ? 1 : 0);
  }

  protected override describe(): string {
    return `dim=${this.dim}`;
  }
}

export class Softmax extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return softmax(x, this.axisOf(x));
  }
}

/** The softmax of -x. */
export class Softmin extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return softmin(x, this.axisOf(x));
  }
}

export class LogSoftmax extends AlongAxis {
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.axisOf(x));
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
