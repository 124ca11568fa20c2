import type { Tensor } from '@gradus/tensor';
import { channelShuffle, pixelShuffle, pixelUnshuffle } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

/** [..., C r^2, H, W] to [..., C, H r, W r]. (Shi et al. 2016.) @see https://pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}

/** The inverse of `PixelShuffle`: [..., C, H r, W r] to [..., C r^2, H, W]. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = downscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}

/** [N, C, ...] with the channels of the groups taken in turns. (Zhang et al. 2018.) */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    this.groups = groups;
  }

  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }
}
