import { formatShape, ShapeError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import type { PerAxis } from '@gradus/tensor/functional';
import {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from '../layers/index.ts';
import type { Weighted } from '../layers/weighted.ts';
import type { ParameterOptions } from '../parameter.ts';
import { initialize, UninitializedParameter } from './uninitialized.ts';

/** Convolutions that learn how many channels their inputs have from the first of them. */

/** Takes the parameters of a new convolution away. */
function withoutChannels(layer: Weighted<never[]>, options: ParameterOptions & { readonly bias?: boolean }): void {
  const bias = (options.bias ?? true) ? new UninitializedParameter([0], options) : null;
  Object.assign(layer, { weight: new UninitializedParameter(layer.weight.shape, options), bias });
}

/** Gives the convolution parameters for the channels of x. */
function withChannelsOf(x: Tensor, layer: Weighted<never[]>, base: { readonly prototype: object }): void {
  const axes = layer.kernelSize.length;
  const channels = x.shape[x.ndim - axes - 1];
  if (channels === undefined || x.ndim > axes + 2) {
    throw new ShapeError(
      `${layer.constructor.name}: expected ${axes + 1} or ${axes + 2} axes, got ${formatShape(x.shape)}`,
    );
  }
  Object.assign(layer, { inChannels: channels });
  initialize(layer, base, { weight: layer.weightShape(channels), bias: [layer.outChannels] });
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv1d.html */
export class LazyConv1d extends Conv1d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, Conv1d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose1d.html */
export class LazyConvTranspose1d extends ConvTranspose1d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor, outputSize?: readonly number[]): Tensor {
    withChannelsOf(x, this, ConvTranspose1d);
    return super.forward(x, outputSize);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv2d.html */
export class LazyConv2d extends Conv2d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, Conv2d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose2d.html */
export class LazyConvTranspose2d extends ConvTranspose2d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor, outputSize?: readonly number[]): Tensor {
    withChannelsOf(x, this, ConvTranspose2d);
    return super.forward(x, outputSize);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConv3d.html */
export class LazyConv3d extends Conv3d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, Conv3d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose3d.html */
export class LazyConvTranspose3d extends ConvTranspose3d {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeOptions = {}) {
    super(0, outChannels, kernelSize, { ...options, bias: false });
    withoutChannels(this, options);
  }

  override forward(x: Tensor, outputSize?: readonly number[]): Tensor {
    withChannelsOf(x, this, ConvTranspose3d);
    return super.forward(x, outputSize);
  }
}
