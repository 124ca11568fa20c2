import type { Tensor } from '@gradus/tensor';
import { MultiheadAttention } from '../attention/index.ts';
import { Dropout, type LayerNorm, type Linear } from '../layers/index.ts';
import { Module } from '../module.ts';
import { type Activation, activate, feedForward, layerNormOf, type TransformerLayerOptions } from './feed-forward.ts';

export interface EncoderLayerMasks {
  /** Pairs to leave out: [time, time] or [batch heads, time, time]; bool, or floats added to the scores. */
  readonly srcMask?: Tensor | null;
  /** Padding to leave out: [batch, time]. */
  readonly srcKeyPaddingMask?: Tensor | null;
}

type Inputs = [src: Tensor, masks?: EncoderLayerMasks];

/**
 * Self-attention and a feed-forward net, each added to its input. (Vaswani et al. 2017.) src [time, batch, width], with
 * `batchFirst` [batch, time, width], or without batch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
 */
export class TransformerEncoderLayer extends Module<Inputs> {
  readonly selfAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dropout = 0.1, activation = 'relu', normFirst = false } = options;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { ...options, dropout });
    [this.linear1, this.dropout, this.linear2] = feedForward(dModel, options);
    this.norm1 = layerNormOf(dModel, options);
    this.norm2 = layerNormOf(dModel, options);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activation;
    this.normFirst = normFirst;
  }

  override forward(...[src, masks = {}]: Inputs): Tensor {
    const { norm1, norm2 } = this;
    if (this.normFirst) {
      const attended = src.add(this.attend(norm1.forward(src), masks));
      return attended.add(this.feed(norm2.forward(attended)));
    }
    const attended = norm1.forward(src.add(this.attend(src, masks)));
    return norm2.forward(attended.add(this.feed(attended)));
  }

  private attend(x: Tensor, { srcMask = null, srcKeyPaddingMask = null }: EncoderLayerMasks): Tensor {
    const options = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, needWeights: false };
    return this.dropout1.forward(this.selfAttn.forward(x, x, x, options)[0]);
  }

  private feed(x: Tensor): Tensor {
    const hidden = this.dropout.forward(activate(this.activation, this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(hidden));
  }
}
