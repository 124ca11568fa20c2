import type { Tensor } from '@gradus/tensor';
import {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  type PadOptions,
  type PerAxis,
  pad,
} from '@gradus/tensor/functional';
import type { ParameterOptions } from '../parameter.ts';
import { perAxis, Weighted } from './weighted.ts';

export interface ConvOptions extends Omit<ConvolutionOptions, 'bias'>, ParameterOptions {
  readonly bias?: boolean;
  /** What the padding consists of; 'zeros' if left out. */
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
}

/** Weight [O, C / groups, ...window], bias [O]. */
abstract class Conv extends Weighted<[x: Tensor]> {
  readonly options: ConvOptions;

  constructor(axes: number, inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions) {
    super(inChannels, outChannels, perAxis(kernelSize, axes), options);
    this.options = options;
  }

  override weightShape(inChannels: number): readonly number[] {
    return [this.outChannels, inChannels / this.groups, ...this.kernelSize];
  }

  protected run(convolve: typeof conv1d, x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros' } = this.options;
    const rest = { bias: this.bias, stride, dilation, groups };
    if (paddingMode === 'zeros') return convolve(x, this.weight, { ...rest, padding });
    const mode: NonNullable<PadOptions['mode']> = paddingMode;
    return convolve(pad(x, this.sides(), { mode }), this.weight, rest);
  }

  /** Left and right of every axis, the last axis first. */
  private sides(): readonly number[] {
    const { padding = 0, dilation = 1 } = this.options;
    const axes = this.kernelSize.length;
    const totals = this.kernelSize.map((k, i) => {
      if (padding === 'valid') return 0;
      return padding === 'same'
        ? (perAxis(dilation, axes)[i] as number) * (k - 1)
        : 2 * (perAxis(padding, axes)[i] as number);
    });
    return totals.reverse().flatMap((total) => [Math.floor(total / 2), Math.ceil(total / 2)]);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Conv1d.html */
export class Conv1d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(conv1d, x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html */
export class Conv2d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(conv2d, x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Conv3d.html */
export class Conv3d extends Conv {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(conv3d, x);
  }
}
