import type { Tensor } from '@gradus/tensor';
import { instanceNorm } from '@gradus/tensor/functional';
import { type BatchNormLayerOptions, ChannelNorm } from './batch-norm.ts';

export interface InstanceNormOptions extends BatchNormLayerOptions {
  readonly momentum?: number;
}

/**
 * Normalises every channel of every image on its own (Ulyanov et al. 2016). Unlike batch norm it has neither parameters
 * nor running statistics by default.
 */
abstract class InstanceNorm extends ChannelNorm {
  constructor(features: number, axes: number, options: InstanceNormOptions) {
    super(features, [axes + 1, axes + 2], { affine: false, trackRunningStats: false, ...options });
  }

  /** An image may come without a batch. */
  override channelAxis(x: Tensor): number {
    return x.ndim === this.ranks[1] ? 1 : 0;
  }

  override forward(x: Tensor): Tensor {
    this.assertRank(x);
    const batched = this.channelAxis(x) === 1;
    const normal = this.normalize(batched ? x : x.unsqueeze(0));
    return batched ? normal : normal.squeeze(0);
  }

  private normalize(x: Tensor): Tensor {
    const { weight, bias, runningMean, runningVar, eps, momentum } = this;
    return instanceNorm(x, {
      ...{ weight, bias, runningMean, runningVar, eps, momentum: momentum ?? 0 },
      useInputStats: this.training || runningMean === null,
    });
  }
}

/** x [N, C, L] or [C, L]. @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html */
export class InstanceNorm1d extends InstanceNorm {
  constructor(features: number, options: InstanceNormOptions = {}) {
    super(features, 1, options);
  }
}

/** x [N, C, H, W] or [C, H, W]. @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html */
export class InstanceNorm2d extends InstanceNorm {
  constructor(features: number, options: InstanceNormOptions = {}) {
    super(features, 2, options);
  }
}

/** x [N, C, D, H, W] or [C, D, H, W]. @see https://pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html */
export class InstanceNorm3d extends InstanceNorm {
  constructor(features: number, options: InstanceNormOptions = {}) {
    super(features, 3, options);
  }
}
