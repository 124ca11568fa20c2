import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { mul } from '../ops/pointwise/index.ts';
import { softmax } from '../ops/softmax.ts';
import type { GeneratorOptions } from '../random/options.ts';
import type { Tensor } from '../tensor.ts';
import { maskedScores } from './attention-scores.ts';
import { dropout } from './dropout.ts';
import { fusedAttention } from './fused-attention.ts';

export interface AttentionOptions extends GeneratorOptions {
  /** Broadcasts to [..., queries, keys]: bool, true where a key takes part; or floats added to the scores. */
  readonly mask?: Tensor | null;
  /** Query i sees keys 0 to i. */
  readonly isCausal?: boolean;
  /** The probability that a weight is dropped; 0 if left out. */
  readonly dropoutP?: number;
  /** What scores are multiplied with; 1 / sqrt(features) if left out. */
  readonly scale?: number;
}

export interface Attended {
  /** [..., queries, values' features]. */
  readonly output: Tensor;
  /** [..., queries, keys]. */
  readonly weights: Tensor;
}

/**
 * softmax(query key^T scale + mask) value, for query [..., L, E], key [..., S, E] and value [..., S, V]; gives
 * [..., L, V]. (Vaswani et al. 2017.) Without dropout it is one kernel, where the backend has it without memory for all weights.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  return scope(() => {
    const { mask = null, isCausal = false, dropoutP = 0, scale = defaultScale(query) } = options;
    const fused = dropoutP === 0 ? fusedAttention(query, key, value, mask, { scale, causal: isCausal }) : null;
    return fused ?? scaledDotProductAttentionWithWeights(query, key, value, options).output;
  });
}

/** `scaledDotProductAttention` and the weights of the values. */
export function scaledDotProductAttentionWithWeights(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Attended {
  const { mask = null, isCausal = false, dropoutP = 0, scale = defaultScale(query) } = options;
  return scope(() => {
    const scores = matmul(mul(query, scale), key.mT);
    const chosen = softmax(maskedScores(scores, mask, isCausal), -1);
    const weights = dropoutP === 0 ? chosen : dropout(chosen, { ...options, p: dropoutP });
    return { output: matmul(weights, value), weights };
  });
}

function defaultScale(query: Tensor): number {
  return 1 / Math.sqrt(query.shape[query.ndim - 1] as number);
}
