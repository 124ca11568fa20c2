import { formatShape, type Shape, ShapeError } from '@gradus/storage';
import { ones, type Tensor, unrecorded, zeros } from '@gradus/tensor';
import { batchNorm, groupNorm, layerNorm, rmsNorm } from '@gradus/tensor/functional';
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

/** Normalises every channel over the batch (Ioffe & Szegedy 2015). */
abstract class BatchNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: StateBuffer | null;
  readonly runningVar: StateBuffer | null;
  readonly numBatchesTracked: StateBuffer | null;
  readonly #eps: number;
  readonly #momentum: number | null;
  readonly #ranks: readonly number[];

  constructor(features: number, ranks: readonly number[], options: BatchNormLayerOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats: track = true } = options;
    this.#eps = eps;
    this.#momentum = momentum;
    this.#ranks = ranks;
    this.weight = affine ? new Parameter(ones([features], options)) : null;
    this.bias = affine ? new Parameter(zeros([features], options)) : null;
    this.runningMean = track ? new StateBuffer(zeros([features], options)) : null;
    this.runningVar = track ? new StateBuffer(ones([features], options)) : null;
    this.numBatchesTracked = track ? new StateBuffer(zeros([], { ...options, dtype: 'int32' })) : null;
  }

  override forward(x: Tensor): Tensor {
    if (!this.#ranks.includes(x.ndim)) {
      const name = this.constructor.name;
      throw new ShapeError(
        `${name}: expected ${this.#ranks.join(' or ')} axes [N, C, ...], got ${formatShape(x.shape)}`,
      );
    }
    const { weight, bias, runningMean, runningVar } = this;
    if (this.training) unrecorded(() => this.numBatchesTracked?.add_(1));
    return batchNorm(x, {
      weight,
      bias,
      runningMean,
      runningVar,
      eps: this.#eps,
      momentum: this.#momentum ?? this.#shareOfBatch(x),
      training: this.training || runningMean === null,
    });
  }

  /** What a batch weighs in the mean of all batches so far. The count may have been loaded, so it stays on the device. */
  #shareOfBatch(x: Tensor): number | Tensor {
    return this.numBatchesTracked?.to(x.dtype).reciprocal() ?? 0;
  }

  protected override describe(): string {
    return `${(this.weight ?? this.runningMean)?.size ?? ''}`;
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

export interface LayerNormOptions extends ParameterOptions {
  readonly eps?: number;
  readonly elementwiseAffine?: boolean;
}

/**
 * Normalises over the last axes (Ba et al. 2016).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly #shape: Shape;
  readonly #eps: number;

  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const { eps = 1e-5, elementwiseAffine = true } = options;
    this.#shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.#eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.#shape, options)) : null;
    this.bias = elementwiseAffine ? new Parameter(zeros(this.#shape, options)) : null;
  }

  override forward(x: Tensor): Tensor {
    return layerNorm(x, this.#shape, { weight: this.weight, bias: this.bias, eps: this.#eps });
  }

  protected override describe(): string {
    return formatShape(this.#shape);
  }
}

/** Divides by the root mean square over the last axes (Zhang & Sennrich 2019). */
export class RMSNorm extends Module {
  readonly weight: Parameter | null;
  readonly #shape: Shape;
  readonly #eps: number | undefined;

  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    this.#shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.#eps = options.eps;
    this.weight = (options.elementwiseAffine ?? true) ? new Parameter(ones(this.#shape, options)) : null;
  }

  override forward(x: Tensor): Tensor {
    const eps = this.#eps === undefined ? {} : { eps: this.#eps };
    return rmsNorm(x, this.#shape, { weight: this.weight, ...eps });
  }
}

export interface GroupNormOptions extends ParameterOptions {
  readonly eps?: number;
  readonly affine?: boolean;
}

/** Normalises groups of channels of every image (Wu & He 2018). x [N, C, ...]. */
export class GroupNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly #groups: number;
  readonly #eps: number;

  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    super();
    const { eps = 1e-5, affine = true } = options;
    this.#groups = groups;
    this.#eps = eps;
    this.weight = affine ? new Parameter(ones([channels], options)) : null;
    this.bias = affine ? new Parameter(zeros([channels], options)) : null;
  }

  override forward(x: Tensor): Tensor {
    return groupNorm(x, this.#groups, { weight: this.weight, bias: this.bias, eps: this.#eps });
  }
}
