import type { Tensor } from '@gradus/tensor';
import { type InterpolateOptions, interpolate, upsampleBilinear, upsampleNearest } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/**
 * Resizes the spatial axes of x [N, C, ...] to `size` or by `scaleFactor`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Upsample.html
 */
export class Upsample extends Module {
  readonly options: Omit<InterpolateOptions, 'antialias'>;

  constructor(options: Omit<InterpolateOptions, 'antialias'>) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }
}

type SizeOptions = Pick<InterpolateOptions, 'size' | 'scaleFactor'>;

/** `Upsample` of x [N, C, H, W] by the nearest element. */
export class UpsamplingNearest2d extends Module {
  readonly options: SizeOptions;

  constructor(options: SizeOptions) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return upsampleNearest(x, this.options);
  }
}

/** Bilinear `Upsample` of x [N, C, H, W] with aligned corners. */
export class UpsamplingBilinear2d extends Module {
  readonly options: SizeOptions;

  constructor(options: SizeOptions) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return upsampleBilinear(x, this.options);
  }
}
