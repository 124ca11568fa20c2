import type { Tensor } from '@gradus/tensor';
import {
  type MaxPoolOptions,
  type MaxUnpoolOptions,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  maxPool3dWithIndices,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  type PerAxis,
} from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/** The maxima, or with `returnIndices` the maxima and their flat int32 indices in the input's plane. */
export type MaxPooled<Indices extends boolean> = Indices extends true ? readonly [Tensor, Tensor] : Tensor;

export interface MaxPoolLayerOptions<Indices extends boolean = false> extends MaxPoolOptions {
  /** Give [maxima, indices], for `MaxUnpool`. Default false. */
  readonly returnIndices?: Indices;
}

/** Maxima over windows. */
abstract class MaxPool<Indices extends boolean> extends Module<[x: Tensor], MaxPooled<Indices>> {
  readonly kernelSize: PerAxis;
  readonly options: MaxPoolLayerOptions<Indices>;

  constructor(kernelSize: PerAxis, options: MaxPoolLayerOptions<Indices> = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  protected abstract readonly pool: typeof maxPool1dWithIndices;

  override forward(x: Tensor): MaxPooled<Indices> {
    const { values, indices } = this.pool(x, this.kernelSize, this.options);
    if (this.options.returnIndices) return [values, indices] as readonly [Tensor, Tensor] as MaxPooled<Indices>;
    indices.dispose();
    return values as MaxPooled<Indices>;
  }

  protected override describe(): string {
    return `kernelSize=${this.kernelSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected override readonly pool: typeof maxPool1dWithIndices = maxPool1dWithIndices;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected override readonly pool: typeof maxPool1dWithIndices = maxPool2dWithIndices;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html */
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected override readonly pool: typeof maxPool1dWithIndices = maxPool3dWithIndices;
}

type MaxUnpoolInputs = [x: Tensor, indices: Tensor, outputSize?: readonly number[]];

/** Puts maxima back to where they were, in zeros. `outputSize` chooses among the sizes that were pooled to this one. */
abstract class MaxUnpool extends Module<MaxUnpoolInputs> {
  readonly kernelSize: PerAxis;
  readonly options: Omit<MaxUnpoolOptions, 'outputSize'>;

  constructor(kernelSize: PerAxis, options: Omit<MaxUnpoolOptions, 'outputSize'> = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  protected abstract readonly unpool: typeof maxUnpool1d;

  override forward(...[x, indices, outputSize]: MaxUnpoolInputs): Tensor {
    return this.unpool(x, indices, this.kernelSize, { ...this.options, ...(outputSize && { outputSize }) });
  }

  protected override describe(): string {
    return `kernelSize=${this.kernelSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html */
export class MaxUnpool1d extends MaxUnpool {
  protected override readonly unpool: typeof maxUnpool1d = maxUnpool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html */
export class MaxUnpool2d extends MaxUnpool {
  protected override readonly unpool: typeof maxUnpool1d = maxUnpool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html */
export class MaxUnpool3d extends MaxUnpool {
  protected override readonly unpool: typeof maxUnpool1d = maxUnpool3d;
}
