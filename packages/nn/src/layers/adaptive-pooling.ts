import type { Tensor } from '@gradus/tensor';
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  type OutputSize,
} from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import type { MaxPooled } from './max-pooling.ts';

/** Means over windows that are chosen so that the output has the size wanted; null keeps the input's. */
abstract class AdaptiveAvgPool extends Module {
  readonly outputSize: OutputSize;

  constructor(outputSize: OutputSize) {
    super();
    this.outputSize = outputSize;
  }

  protected abstract readonly pool: typeof adaptiveAvgPool1d;

  override forward(x: Tensor): Tensor {
    return this.pool(x, this.outputSize);
  }

  protected override describe(): string {
    return `outputSize=${this.outputSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  protected override readonly pool: typeof adaptiveAvgPool1d = adaptiveAvgPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  protected override readonly pool: typeof adaptiveAvgPool1d = adaptiveAvgPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  protected override readonly pool: typeof adaptiveAvgPool1d = adaptiveAvgPool3d;
}

export interface AdaptiveMaxPoolOptions<Indices extends boolean = false> {
  /** Give [maxima, indices]. Default false. */
  readonly returnIndices?: Indices;
}

/** Maxima over windows that are chosen so that the output has the size wanted; null keeps the input's. */
abstract class AdaptiveMaxPool<Indices extends boolean> extends Module<[x: Tensor], MaxPooled<Indices>> {
  readonly outputSize: OutputSize;
  readonly options: AdaptiveMaxPoolOptions<Indices>;

  constructor(outputSize: OutputSize, options: AdaptiveMaxPoolOptions<Indices> = {}) {
    super();
    this.outputSize = outputSize;
    this.options = options;
  }

  protected abstract readonly pool: typeof adaptiveMaxPool1d;

  override forward(x: Tensor): MaxPooled<Indices> {
    const { values, indices } = this.pool(x, this.outputSize);
    if (this.options.returnIndices) return [values, indices] as readonly [Tensor, Tensor] as MaxPooled<Indices>;
    indices.dispose();
    return values as MaxPooled<Indices>;
  }

  protected override describe(): string {
    return `outputSize=${this.outputSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected override readonly pool: typeof adaptiveMaxPool1d = adaptiveMaxPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected override readonly pool: typeof adaptiveMaxPool1d = adaptiveMaxPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected override readonly pool: typeof adaptiveMaxPool1d = adaptiveMaxPool3d;
}
