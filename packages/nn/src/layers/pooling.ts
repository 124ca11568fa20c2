import type { Tensor } from '@gradus/tensor';
import {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type OutputSize,
  type PerAxis,
} from '@gradus/tensor/functional';
import { Module } from '../module.ts';

type Pool<Options> = (x: Tensor, window: PerAxis, options: Options) => Tensor;

/** A layer around a pooling function. */
abstract class Pooling<Options> extends Module {
  readonly kernelSize: PerAxis;
  readonly options: Options;

  constructor(kernelSize: PerAxis, options: Options = {} as Options) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  protected abstract readonly pool: Pool<Options>;

  override forward(x: Tensor): Tensor {
    return this.pool(x, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return `kernelSize=${this.kernelSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html */
export class MaxPool1d extends Pooling<MaxPoolOptions> {
  protected override readonly pool: Pool<MaxPoolOptions> = maxPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html */
export class MaxPool2d extends Pooling<MaxPoolOptions> {
  protected override readonly pool: Pool<MaxPoolOptions> = maxPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html */
export class MaxPool3d extends Pooling<MaxPoolOptions> {
  protected override readonly pool: Pool<MaxPoolOptions> = maxPool3d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html */
export class AvgPool1d extends Pooling<AvgPoolOptions> {
  protected override readonly pool: Pool<AvgPoolOptions> = avgPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html */
export class AvgPool2d extends Pooling<AvgPoolOptions> {
  protected override readonly pool: Pool<AvgPoolOptions> = avgPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html */
export class AvgPool3d extends Pooling<AvgPoolOptions> {
  protected override readonly pool: Pool<AvgPoolOptions> = avgPool3d;
}

abstract class AdaptivePooling extends Module {
  readonly outputSize: OutputSize;

  constructor(outputSize: OutputSize) {
    super();
    this.outputSize = outputSize;
  }

  protected abstract readonly pool: (x: Tensor, outputSize: OutputSize) => Tensor;

  override forward(x: Tensor): Tensor {
    return this.pool(x, this.outputSize);
  }

  protected override describe(): string {
    return `outputSize=${this.outputSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html */
export class AdaptiveAvgPool1d extends AdaptivePooling {
  protected override readonly pool: (x: Tensor, outputSize: OutputSize) => Tensor = adaptiveAvgPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html */
export class AdaptiveAvgPool2d extends AdaptivePooling {
  protected override readonly pool: (x: Tensor, outputSize: OutputSize) => Tensor = adaptiveAvgPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html */
export class AdaptiveAvgPool3d extends AdaptivePooling {
  protected override readonly pool: (x: Tensor, outputSize: OutputSize) => Tensor = adaptiveAvgPool3d;
}
