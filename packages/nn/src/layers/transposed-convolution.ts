import { ArgumentError, formatShape } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type PerAxis,
  type TransposedConvolutionOptions,
} from '@gradus/tensor/functional';
import type { ParameterOptions } from '../parameter.ts';
import { perAxis, Weighted } from './weighted.ts';

export interface ConvTransposeOptions extends Omit<TransposedConvolutionOptions, 'bias'>, ParameterOptions {
  readonly bias?: boolean;
}

/** `outputSize` chooses, instead of `outputPadding`, among the sizes that a convolution brings to the input's. */
type Inputs = [x: Tensor, outputSize?: readonly number[]];

/** Weight [C, O / groups, ...window], bias [O]. */
abstract class ConvTranspose extends Weighted<Inputs> {
  readonly options: ConvTransposeOptions;

  constructor(
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions,
  ) {
    super(inChannels, outChannels, perAxis(kernelSize, axes), options);
    this.options = options;
  }

  override weightShape(inChannels: number): readonly number[] {
    return [inChannels, this.outChannels / this.groups, ...this.kernelSize];
  }

  protected run(convolve: typeof convTranspose1d, [x, outputSize]: Inputs): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = this.options;
    const outputPadding = outputSize ? this.paddingFor(x, outputSize) : (this.options.outputPadding ?? 0);
    return convolve(x, this.weight, { bias: this.bias, stride, padding, outputPadding, dilation, groups });
  }

  /** What has to be added on the right for an output of `outputSize`: the spatial axes, or all of them. */
  private paddingFor(x: Tensor, outputSize: readonly number[]): readonly number[] {
    const axes = this.kernelSize.length;
    const [stride, padding, dilation] = [
      this.options.stride ?? 1,
      this.options.padding ?? 0,
      this.options.dilation ?? 1,
    ].map((option) => perAxis(option, axes)) as [readonly number[], readonly number[], readonly number[]];
    const wanted = outputSize.slice(-axes);
    return this.kernelSize.map((k, i) => {
      const [n, step] = [x.shape[x.ndim - axes + i] as number, stride[i] as number];
      const least = (n - 1) * step - 2 * (padding[i] as number) + (dilation[i] as number) * (k - 1) + 1;
      const missing = (wanted[i] ?? NaN) - least;
      if (missing >= 0 && missing < step) return missing;
      throw new ArgumentError(
        `${this.constructor.name}: outputSize ${formatShape(outputSize)} is not to be had from ${formatShape(x.shape)}: ` +
          `axis ${i} can become ${least} to ${least + step - 1}`,
      );
    });
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html */
export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward(...inputs: Inputs): Tensor {
    return this.run(convTranspose1d, inputs);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html */
export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward(...inputs: Inputs): Tensor {
    return this.run(convTranspose2d, inputs);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html */
export class ConvTranspose3d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  override forward(...inputs: Inputs): Tensor {
    return this.run(convTranspose3d, inputs);
  }
}
