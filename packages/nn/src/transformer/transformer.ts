import { formatShape, ShapeError } from '@gradus/storage';
import { full, type Tensor, type TensorOptions } from '@gradus/tensor';
import { xavierUniform_ } from '../init/index.ts';
import { Module } from '../module.ts';
import type { DecoderMasks } from './decoder-layer.ts';
import { TransformerDecoderLayer } from './decoder-layer.ts';
import { TransformerEncoderLayer } from './encoder-layer.ts';
import { layerNormOf, type TransformerLayerOptions } from './feed-forward.ts';
import type { EncoderMasks } from './stack.ts';
import { TransformerDecoder, TransformerEncoder } from './stack.ts';

type Encoder = Module<[src: Tensor, masks?: EncoderMasks]>;
type Decoder = Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks]>;

export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 512. */
  readonly dModel?: number;
  /** Default 8. */
  readonly nhead?: number;
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
  /** Takes the place of the encoder. */
  readonly customEncoder?: Encoder;
  /** Takes the place of the decoder. */
  readonly customDecoder?: Decoder;
}

export interface TransformerMasks extends DecoderMasks {
  /** [source, source] or [batch heads, source, source] */
  readonly srcMask?: Tensor | null;
  /** [batch, source] */
  readonly srcKeyPaddingMask?: Tensor | null;
}

type Inputs = [src: Tensor, tgt: Tensor, masks?: TransformerMasks];

/**
 * An encoder and a decoder. (Vaswani et al. 2017.) src and tgt [time, batch, width], with `batchFirst` [batch, time, width],
 * or without batch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html
 */
export class Transformer extends Module<Inputs> {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly dModel: number;
  readonly batchFirst: boolean;

  constructor(options: TransformerOptions = {}) {
    super();
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, batchFirst = false } = options;
    this.encoder = options.customEncoder ?? encoderOf(dModel, nhead, numEncoderLayers, options);
    this.decoder = options.customDecoder ?? decoderOf(dModel, nhead, numDecoderLayers, options);
    this.dModel = dModel;
    this.batchFirst = batchFirst;
    this.resetParameters();
  }

  /** Draws every matrix anew. (Glorot & Bengio 2010.) */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  override forward(...[src, tgt, masks = {}]: Inputs): Tensor {
    const batch = this.batchFirst ? 0 : 1;
    const batches = src.ndim === 2 || src.shape[batch] === tgt.shape[batch];
    if (src.ndim !== tgt.ndim || !batches || src.shape.at(-1) !== this.dModel || tgt.shape.at(-1) !== this.dModel) {
      const shapes = `${formatShape(src.shape)} and ${formatShape(tgt.shape)}`;
      throw new ShapeError(`Transformer: src and tgt must have one batch and a width of ${this.dModel}, got ${shapes}`);
    }
    const { srcMask = null, srcKeyPaddingMask = null } = masks;
    const memory = this.encoder.forward(src, { mask: srcMask, srcKeyPaddingMask });
    return this.decoder.forward(tgt, memory, masks);
  }

  /** The mask that hides the future: [size, size] of -Infinity right of the diagonal, else 0. */
  static generateSquareSubsequentMask(size: number, options: TensorOptions = {}): Tensor {
    return full([size, size], -Infinity, { dtype: 'float32', ...options }).triu({ diagonal: 1 });
  }
}

function encoderOf(dModel: number, nhead: number, count: number, options: TransformerOptions): Encoder {
  const layer = new TransformerEncoderLayer(dModel, nhead, options);
  return new TransformerEncoder(layer, count, layerNormOf(dModel, options));
}

function decoderOf(dModel: number, nhead: number, count: number, options: TransformerOptions): Decoder {
  const layer = new TransformerDecoderLayer(dModel, nhead, options);
  return new TransformerDecoder(layer, count, layerNormOf(dModel, options));
}
