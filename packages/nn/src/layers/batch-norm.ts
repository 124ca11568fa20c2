import { formatShape, ShapeError } from '@gradus/storage';
import { ones, type Tensor, unrecorded, zeros } from '@gradus/tensor';
import { batchNorm } from '@gradus/tensor/functional';
import { ones_, zeros_ } from '../init/constant.ts';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions, StateBuffer } from '../parameter.ts';

export interface BatchNormLayerOptions extends ParameterOptions {
  /** Added to the variance. */
  readonly eps?: number;
  /** Weight of a new batch in the running statistics; null averages over all batches. */
  readonly momentum?: number | null;
  /** Learn a weight and a bias per channel. */
  readonly affine?: boolean;
  /** Keep running statistics and use them outside of training. */
  readonly trackRunningStats?: boolean;
}

/** The parameters and running statistics of a normalisation per channel. */
export abstract class ChannelNorm extends Module {
  weight: Parameter | null;
  bias: Parameter | null;
  readonly runningMean: StateBuffer | null;
  readonly runningVar: StateBuffer | null;
  readonly numBatchesTracked: StateBuffer | null;
  readonly eps: number;
  momentum: number | null;
  /** How many axes x may have. */
  readonly ranks: readonly number[];

  constructor(features: number, ranks: readonly number[], options: BatchNormLayerOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats: track = true } = options;
    this.eps = eps;
    this.momentum = momentum;
    this.ranks = ranks;
    this.weight = affine ? new Parameter(ones([features], options)) : null;
    this.bias = affine ? new Parameter(zeros([features], options)) : null;
    this.runningMean = track ? new StateBuffer(zeros([features], options)) : null;
    this.runningVar = track ? new StateBuffer(ones([features], options)) : null;
    this.numBatchesTracked = track ? new StateBuffer(zeros([], { ...options, dtype: 'int32' })) : null;
  }

  /** Back to the beginning: weights 1, biases 0, and statistics of mean 0 and variance 1. */
  resetParameters(): void {
    const { weight, bias, runningMean, runningVar, numBatchesTracked } = this;
    for (const x of [weight, runningVar]) if (x !== null) ones_(x);
    for (const x of [bias, runningMean, numBatchesTracked]) if (x !== null) zeros_(x);
  }

  /** Which axis of x the channels are. */
  channelAxis(_x: Tensor): number {
    return 1;
  }

  protected assertRank(x: Tensor): void {
    if (this.ranks.includes(x.ndim)) return;
    throw new ShapeError(
      `${this.constructor.name}: expected ${this.ranks.join(' or ')} axes [N, C, ...], got ${formatShape(x.shape)}`,
    );
  }

  protected override describe(): string {
    return `${(this.weight ?? this.runningMean)?.size ?? ''}`;
  }
}

/** Normalises every channel over the batch (Ioffe & Szegedy 2015). */
export abstract class BatchNorm extends ChannelNorm {
  override forward(x: Tensor): Tensor {
    this.assertRank(x);
    const { weight, bias, runningMean, runningVar, eps } = this;
    if (this.training) unrecorded(() => this.numBatchesTracked?.add_(1));
    const momentum = this.momentum ?? this.shareOfBatch(x);
    return batchNorm(x, {
      ...{ weight, bias, runningMean, runningVar, eps, momentum },
      training: this.training || runningMean === null,
    });
  }

  /** What a batch weighs in the mean of all batches so far. The count may have been loaded, so it stays on the device. */
  private shareOfBatch(x: Tensor): number | Tensor {
    return this.numBatchesTracked?.to(x.dtype).reciprocal() ?? 0;
  }
}

/** x [N, C] or [N, C, L]. @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html */
export class BatchNorm1d extends BatchNorm {
  constructor(features: number, options: BatchNormLayerOptions = {}) {
    super(features, [2, 3], options);
  }
}

/** x [N, C, H, W]. @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html */
export class BatchNorm2d extends BatchNorm {
  constructor(features: number, options: BatchNormLayerOptions = {}) {
    super(features, [4], options);
  }
}

/** x [N, C, D, H, W]. @see https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html */
export class BatchNorm3d extends BatchNorm {
  constructor(features: number, options: BatchNormLayerOptions = {}) {
    super(features, [5], options);
  }
}
