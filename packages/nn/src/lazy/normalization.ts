import type { Tensor } from '@gradus/tensor';
import type { ChannelNorm } from '../layers/batch-norm.ts';
import {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormLayerOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormOptions,
} from '../layers/index.ts';
import type { ParameterOptions } from '../parameter.ts';
import { initialize, UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';

/** Normalisation that learns how many channels its inputs have from the first of them. */

/** Takes the parameters and statistics of a new layer away. */
function withoutChannels(layer: ChannelNorm, options: ParameterOptions): void {
  for (const name of ['weight', 'bias'] as const) {
    if (layer[name] !== null) Object.assign(layer, { [name]: new UninitializedParameter([0], options) });
  }
  for (const name of ['runningMean', 'runningVar'] as const) {
    if (layer[name] !== null) Object.assign(layer, { [name]: new UninitializedBuffer([0], options) });
  }
}

function withChannelsOf(x: Tensor, layer: ChannelNorm, base: { readonly prototype: object }): void {
  // Only instance norm takes images without a batch.
  const channels = [x.shape[layer.channelAxis(x)] as number];
  initialize(layer, base, { weight: channels, bias: channels, runningMean: channels, runningVar: channels });
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm1d.html */
export class LazyBatchNorm1d extends BatchNorm1d {
  constructor(options: BatchNormLayerOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, BatchNorm1d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm2d.html */
export class LazyBatchNorm2d extends BatchNorm2d {
  constructor(options: BatchNormLayerOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, BatchNorm2d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm3d.html */
export class LazyBatchNorm3d extends BatchNorm3d {
  constructor(options: BatchNormLayerOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, BatchNorm3d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm1d.html */
export class LazyInstanceNorm1d extends InstanceNorm1d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, InstanceNorm1d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm2d.html */
export class LazyInstanceNorm2d extends InstanceNorm2d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, InstanceNorm2d);
    return super.forward(x);
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm3d.html */
export class LazyInstanceNorm3d extends InstanceNorm3d {
  constructor(options: InstanceNormOptions = {}) {
    super(0, options);
    withoutChannels(this, options);
  }

  override forward(x: Tensor): Tensor {
    withChannelsOf(x, this, InstanceNorm3d);
    return super.forward(x);
  }
}
