import { coordinate, expressions as e, input, type MapProgram, mapProgram } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { map } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { add, mul, where } from '../ops/pointwise/index.ts';
import { softmax } from '../ops/softmax.ts';
import type { GeneratorOptions } from '../random/options.ts';
import type { Tensor } from '../tensor.ts';
import { dropout } from './dropout.ts';

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
 * [..., L, V]. (Vaswani et al. 2017.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  return scope(() => scaledDotProductAttentionWithWeights(query, key, value, options).output);
}

/** `scaledDotProductAttention` and the weights of the values. */
export function scaledDotProductAttentionWithWeights(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Attended {
  const {
    mask = null,
    isCausal = false,
    dropoutP = 0,
    scale = 1 / Math.sqrt(query.shape[query.ndim - 1] as number),
  } = options;
  return scope(() => {
    const scores = matmul(mul(query, scale), key.mT);
    const seen = isCausal ? withoutFuture(scores) : scores;
    const chosen = softmax(mask === null ? seen : masked(seen, mask), -1);
    const weights = dropoutP === 0 ? chosen : dropout(chosen, { ...options, p: dropoutP });
    return { output: matmul(weights, value), weights };
  });
}

function masked(scores: Tensor, mask: Tensor): Tensor {
  return mask.dtype === 'bool' ? where(mask, scores, -Infinity) : add(scores, mask);
}

/** -Infinity right of the diagonal of the last two axes. */
function withoutFuture(scores: Tensor): Tensor {
  return map('causal', causalProgram(scores.dtype, scores.ndim), [scores]);
}

const programs = new Map<string, MapProgram>();

function causalProgram(dtype: DType, ndim: number): MapProgram {
  const key = `${dtype},${ndim}`;
  let program = programs.get(key);
  if (program === undefined) {
    const future = e.gt(coordinate(ndim - 1), coordinate(ndim - 2));
    program = mapProgram([dtype], [], [e.select(future, -Infinity, input(0, dtype))]);
    programs.set(key, program);
  }
  return program;
}
