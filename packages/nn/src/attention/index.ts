export {
  type AttentionForwardOptions,
  MultiheadAttention,
  type MultiheadAttentionOptions,
} from './multihead-attention.ts';
