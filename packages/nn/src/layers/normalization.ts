import { formatShape, type Shape } from '@gradus/storage';
import { ones, type Tensor, zeros } from '@gradus/tensor';
import { groupNorm, layerNorm, localResponseNorm, rmsNorm } from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';

export interface LayerNormOptions extends ParameterOptions {
  readonly eps?: number;
  readonly elementwiseAffine?: boolean;
  /** Whether the affine part has a bias; true if left out. RMSNorm never has one. */
  readonly bias?: boolean;
}

/**
 * Normalises over the last axes (Ba et al. 2016).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Module {
  weight: Parameter | null;
  bias: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number;

  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, options)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape, options)) : null;
  }

  override forward(x: Tensor): Tensor {
    return layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  protected override describe(): string {
    return formatShape(this.normalizedShape);
  }
}

/** Divides by the root mean square over the last axes (Zhang & Sennrich 2019). */
export class RMSNorm extends Module {
  weight: Parameter | null;
  readonly normalizedShape: Shape;
  readonly eps: number | undefined;

  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.eps = options.eps;
    this.weight = (options.elementwiseAffine ?? true) ? new Parameter(ones(this.normalizedShape, options)) : null;
  }

  override forward(x: Tensor): Tensor {
    const eps = this.eps === undefined ? {} : { eps: this.eps };
    return rmsNorm(x, this.normalizedShape, { weight: this.weight, ...eps });
  }
}

export interface GroupNormOptions extends ParameterOptions {
  readonly eps?: number;
  readonly affine?: boolean;
}

/** Normalises groups of channels of every image (Wu & He 2018). x [N, C, ...]. */
export class GroupNorm extends Module {
  weight: Parameter | null;
  bias: Parameter | null;
  readonly numGroups: number;
  readonly eps: number;

  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    super();
    const { eps = 1e-5, affine = true } = options;
    this.numGroups = groups;
    this.eps = eps;
    this.weight = affine ? new Parameter(ones([channels], options)) : null;
    this.bias = affine ? new Parameter(zeros([channels], options)) : null;
  }

  override forward(x: Tensor): Tensor {
    return groupNorm(x, this.numGroups, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
}

type ResponseOptions = NonNullable<Parameters<typeof localResponseNorm>[2]>;

/**
 * Divides by a power of the mean square over `size` neighbouring channels. x [N, C, ...]. (Krizhevsky et al. 2012.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
 */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly options: ResponseOptions;

  constructor(size: number, options: ResponseOptions = {}) {
    super();
    this.size = size;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return localResponseNorm(x, this.size, this.options);
  }
}
