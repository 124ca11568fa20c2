import type { Tensor } from '@gradus/tensor';
import {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type LpPoolOptions,
  lpPool1d,
  lpPool2d,
  type PerAxis,
} from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/** Means over windows. */
abstract class AvgPool extends Module {
  readonly kernelSize: PerAxis;
  readonly options: AvgPoolOptions;

  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  protected abstract readonly pool: typeof avgPool1d;

  override forward(x: Tensor): Tensor {
    return this.pool(x, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return `kernelSize=${this.kernelSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html */
export class AvgPool1d extends AvgPool {
  protected override readonly pool: typeof avgPool1d = avgPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html */
export class AvgPool2d extends AvgPool {
  protected override readonly pool: typeof avgPool1d = avgPool2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html */
export class AvgPool3d extends AvgPool {
  protected override readonly pool: typeof avgPool1d = avgPool3d;
}

/** p-norms over windows: (sum of x^p)^(1 / p). */
abstract class LPPool extends Module {
  readonly normType: number;
  readonly kernelSize: PerAxis;
  readonly options: LpPoolOptions;

  constructor(normType: number, kernelSize: PerAxis, options: LpPoolOptions = {}) {
    super();
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.options = options;
  }

  protected abstract readonly pool: typeof lpPool1d;

  override forward(x: Tensor): Tensor {
    return this.pool(x, this.normType, this.kernelSize, this.options);
  }

  protected override describe(): string {
    return `normType=${this.normType}, kernelSize=${this.kernelSize}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html */
export class LPPool1d extends LPPool {
  protected override readonly pool: typeof lpPool1d = lpPool1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html */
export class LPPool2d extends LPPool {
  protected override readonly pool: typeof lpPool1d = lpPool2d;
}
