import { ArgumentError } from '@gradus/storage';
import { empty, type Tensor } from '@gradus/tensor';
import {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type PadOptions,
  type PerAxis,
  pad,
  type TransposedConvolutionOptions,
} from '@gradus/tensor/functional';
import { Module } from '../module.ts';
import { Parameter, type ParameterOptions } from '../parameter.ts';
import { resetWeightAndBias } from './reset.ts';

export interface ConvOptions extends Omit<ConvolutionOptions, 'bias'>, ParameterOptions {
  readonly bias?: boolean;
  /** What the padding consists of; 'zeros' if left out. */
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
}

export interface ConvTransposeOptions extends Omit<TransposedConvolutionOptions, 'bias'>, ParameterOptions {
  readonly bias?: boolean;
}

type Convolve<Options> = (x: Tensor, weight: Tensor, options: Options) => Tensor;

/** The parameters of both kinds of convolution, checked and drawn. */
abstract class Weighted extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /** `shape` gives the weight's, from the channels on either side in one group. */
  constructor(
    inChannels: number,
    outChannels: number,
    options: ParameterOptions & { readonly bias?: boolean; readonly groups?: number },
    shape: (groups: number) => readonly number[],
  ) {
    super();
    const { bias = true, groups = 1 } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ArgumentError(
        `${this.constructor.name}: groups ${groups} must divide inChannels ${inChannels} and outChannels ${outChannels}`,
      );
    }
    this.weight = new Parameter(empty(shape(groups), options));
    this.bias = bias ? new Parameter(empty([outChannels], options)) : null;
    this.resetParameters();
  }

  /** Draws new parameters, as PyTorch's default does. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }
}

/** Weight [O, C / groups, ...window], bias [O]. */
abstract class Conv extends Weighted {
  readonly #options: ConvOptions;
  readonly #window: readonly number[];

  constructor(axes: number, inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvOptions) {
    const window = windowOf(kernelSize, axes);
    super(inChannels, outChannels, options, (groups) => [outChannels, inChannels / groups, ...window]);
    this.#window = window;
    this.#options = options;
  }

  protected run(convolve: Convolve<ConvolutionOptions>, x: Tensor): Tensor {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros' } = this.#options;
    const rest = { bias: this.bias, stride, dilation, groups };
    if (paddingMode === 'zeros') return convolve(x, this.weight, { ...rest, padding });
    return convolve(
      pad(x, this.#padding(), { mode: paddingMode as NonNullable<PadOptions['mode']> }),
      this.weight,
      rest,
    );
  }

  /** Left and right of every axis, the last axis first. */
  #padding(): readonly number[] {
    const { padding = 0, dilation = 1 } = this.#options;
    return this.#window
      .map((k, i) => {
        if (padding === 'valid') return [0, 0];
        const fixed = typeof padding === 'number' ? padding : padding === 'same' ? null : (padding[i] as number);
        if (fixed !== null) return [fixed, fixed];
        const total = (typeof dilation === 'number' ? dilation : (dilation[i] as number)) * (k - 1);
        return [Math.floor(total / 2), total - Math.floor(total / 2)];
      })
      .reverse()
      .flat();
  }

  protected override describe(): string {
    const [out, inputs, ...window] = this.weight.shape;
    return `${(inputs as number) * (this.#options.groups ?? 1)}, ${out}, kernelSize=(${window.join(', ')})`;
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

/** Weight [C, O / groups, ...window], bias [O]. */
abstract class ConvTranspose extends Weighted {
  readonly #options: ConvTransposeOptions;

  constructor(
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeOptions,
  ) {
    super(inChannels, outChannels, options, (groups) => [
      inChannels,
      outChannels / groups,
      ...windowOf(kernelSize, axes),
    ]);
    this.#options = options;
  }

  protected run(convolve: Convolve<TransposedConvolutionOptions>, x: Tensor): Tensor {
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = this.#options;
    return convolve(x, this.weight, { bias: this.bias, stride, padding, outputPadding, dilation, groups });
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html */
export class ConvTranspose1d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(convTranspose1d, x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html */
export class ConvTranspose2d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(convTranspose2d, x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html */
export class ConvTranspose3d extends ConvTranspose {
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(3, inChannels, outChannels, kernelSize, options);
  }

  override forward(x: Tensor): Tensor {
    return this.run(convTranspose3d, x);
  }
}

function windowOf(kernelSize: PerAxis, axes: number): readonly number[] {
  return typeof kernelSize === 'number' ? new Array<number>(axes).fill(kernelSize) : kernelSize;
}
