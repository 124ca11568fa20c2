import type { Tensor } from '@gradus/tensor';
import { alphaDropout, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

type Drop = (x: Tensor, options: { readonly p: number; readonly training: boolean }) => Tensor;

/** Drops in training only. `p` is the probability of 0. */
abstract class Dropping extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    this.p = p;
  }

  protected abstract readonly drop: Drop;

  override forward(x: Tensor): Tensor {
    return this.drop(x, { p: this.p, training: this.training });
  }

  protected override describe(): string {
    return `p=${this.p}`;
  }
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html */
export class Dropout extends Dropping {
  protected override readonly drop: Drop = dropout;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html */
export class Dropout1d extends Dropping {
  protected override readonly drop: Drop = dropout1d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html */
export class Dropout2d extends Dropping {
  protected override readonly drop: Drop = dropout2d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.Dropout3d.html */
export class Dropout3d extends Dropping {
  protected override readonly drop: Drop = dropout3d;
}

/** @see https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html */
export class AlphaDropout extends Dropping {
  protected override readonly drop: Drop = alphaDropout;
}

/** `AlphaDropout` of whole channels. @see https://pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html */
export class FeatureAlphaDropout extends Dropping {
  protected override readonly drop: Drop = featureAlphaDropout;
}
