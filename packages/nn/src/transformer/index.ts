export { type DecoderMasks, TransformerDecoderLayer } from './decoder-layer.ts';
export { type EncoderLayerMasks, TransformerEncoderLayer } from './encoder-layer.ts';
export type { Activation, TransformerLayerOptions } from './feed-forward.ts';
export { type EncoderMasks, TransformerDecoder, TransformerEncoder } from './stack.ts';
export { Transformer, type TransformerMasks, type TransformerOptions } from './transformer.ts';
