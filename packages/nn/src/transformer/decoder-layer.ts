import type { Tensor } from '@gradus/tensor';
import { MultiheadAttention } from '../attention/index.ts';
import { Dropout, type LayerNorm, type Linear } from '../layers/index.ts';
import { Module } from '../module.ts';
import { type Activation, activate, feedForward, layerNormOf, type TransformerLayerOptions } from './feed-forward.ts';

/** What to leave out: bool, or floats added to the scores. */
export interface DecoderMasks {
  /** [target, target] or [batch heads, target, target] */
  readonly tgtMask?: Tensor | null;
  /** [target, memory] or [batch heads, target, memory] */
  readonly memoryMask?: Tensor | null;
  /** [batch, target] */
  readonly tgtKeyPaddingMask?: Tensor | null;
  /** [batch, memory] */
  readonly memoryKeyPaddingMask?: Tensor | null;
}

type Inputs = [tgt: Tensor, memory: Tensor, masks?: DecoderMasks];

/**
 * Self-attention, attention to the encoder's output and a feed-forward net, each added to its input. (Vaswani et al. 2017.)
 * tgt and memory [time, batch, width], with `batchFirst` [batch, time, width], or without batch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
 */
export class TransformerDecoderLayer extends Module<Inputs> {
  readonly selfAttn: MultiheadAttention;
  readonly multiheadAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly dropout3: Dropout;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dropout = 0.1, activation = 'relu', normFirst = false } = options;
    this.selfAttn = new MultiheadAttention(dModel, nhead, { ...options, dropout });
    this.multiheadAttn = new MultiheadAttention(dModel, nhead, { ...options, dropout });
    [this.linear1, this.dropout, this.linear2] = feedForward(dModel, options);
    this.norm1 = layerNormOf(dModel, options);
    this.norm2 = layerNormOf(dModel, options);
    this.norm3 = layerNormOf(dModel, options);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.activation = activation;
    this.normFirst = normFirst;
  }

  override forward(...[tgt, memory, masks = {}]: Inputs): Tensor {
    const { norm1, norm2, norm3 } = this;
    if (this.normFirst) {
      const own = tgt.add(this.attendSelf(norm1.forward(tgt), masks));
      const both = own.add(this.attendMemory(norm2.forward(own), memory, masks));
      return both.add(this.feed(norm3.forward(both)));
    }
    const own = norm1.forward(tgt.add(this.attendSelf(tgt, masks)));
    const both = norm2.forward(own.add(this.attendMemory(own, memory, masks)));
    return norm3.forward(both.add(this.feed(both)));
  }

  private attendSelf(x: Tensor, { tgtMask = null, tgtKeyPaddingMask = null }: DecoderMasks): Tensor {
    const options = { attnMask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, needWeights: false };
    return this.dropout1.forward(this.selfAttn.forward(x, x, x, options)[0]);
  }

  private attendMemory(x: Tensor, memory: Tensor, masks: DecoderMasks): Tensor {
    const { memoryMask = null, memoryKeyPaddingMask = null } = masks;
    const options = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, needWeights: false };
    return this.dropout2.forward(this.multiheadAttn.forward(x, memory, memory, options)[0]);
  }

  private feed(x: Tensor): Tensor {
    const hidden = this.dropout.forward(activate(this.activation, this.linear1.forward(x)));
    return this.dropout3.forward(this.linear2.forward(hidden));
  }
}
