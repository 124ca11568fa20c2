import type { Tensor } from '@gradus/tensor';
import { ModuleList } from '../containers/index.ts';
import { deepCopy } from '../deep-copy.ts';
import { Module } from '../module.ts';
import type { DecoderMasks } from './decoder-layer.ts';
import type { EncoderLayerMasks } from './encoder-layer.ts';

/** Copies of one layer. */
function copies<T extends Module<never[], unknown>>(layer: T, count: number): ModuleList<T> {
  return new ModuleList(Array.from({ length: count }, () => deepCopy(layer)));
}

export interface EncoderMasks {
  /** [time, time] or [batch heads, time, time] */
  readonly mask?: Tensor | null;
  /** [batch, time] */
  readonly srcKeyPaddingMask?: Tensor | null;
}

type EncoderInputs = [src: Tensor, masks?: EncoderMasks];
type EncoderLayer = Module<[src: Tensor, masks?: EncoderLayerMasks]>;

/**
 * Copies of an encoder layer one after the other (they begin with equal parameters), and a norm.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html
 */
export class TransformerEncoder extends Module<EncoderInputs> {
  readonly layers: ModuleList<EncoderLayer>;
  readonly norm: Module | null;

  constructor(encoderLayer: EncoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copies(encoderLayer, numLayers);
    this.norm = norm;
  }

  override forward(...[src, { mask = null, srcKeyPaddingMask = null } = {}]: EncoderInputs): Tensor {
    const masks = { srcMask: mask, srcKeyPaddingMask };
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, masks), src);
    return this.norm ? this.norm.forward(output) : output;
  }
}

type DecoderInputs = [tgt: Tensor, memory: Tensor, masks?: DecoderMasks];
type DecoderLayer = Module<DecoderInputs>;

/**
 * Copies of a decoder layer one after the other (they begin with equal parameters), and a norm.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html
 */
export class TransformerDecoder extends Module<DecoderInputs> {
  readonly layers: ModuleList<DecoderLayer>;
  readonly norm: Module | null;

  constructor(decoderLayer: DecoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copies(decoderLayer, numLayers);
    this.norm = norm;
  }

  override forward(...[tgt, memory, masks = {}]: DecoderInputs): Tensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, memory, masks), tgt);
    return this.norm ? this.norm.forward(output) : output;
  }
}
