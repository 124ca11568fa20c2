import { ArgumentError, DTypeError, formatShape, isFloat, type Shape, ShapeError, sameShape } from '@gradus/storage';
import { full, zeros } from '../creation.ts';
import { split } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { cat } from '../ops/joining.ts';
import { expand, permute, reshape, squeeze, unsqueeze } from '../ops/movement.ts';
import { add, where } from '../ops/pointwise/index.ts';
import { mean } from '../ops/reduction.ts';
import type { GeneratorOptions } from '../random/options.ts';
import type { Tensor } from '../tensor.ts';
import { scaledDotProductAttention, scaledDotProductAttentionWithWeights } from './attention.ts';
import { linear } from './linear.ts';
import { pad } from './padding.ts';

/** What is learned. E is the width of queries and of the result. */
export interface MultiHeadParameters {
  /** For queries, keys and values: one of [3 E, E], or one each of [E, their width]. */
  readonly inProj: Tensor | readonly [Tensor, Tensor, Tensor];
  /** [3 E] */
  readonly inProjBias?: Tensor | null;
  /** [E, E] */
  readonly outProj: Tensor;
  /** [E] */
  readonly outProjBias?: Tensor | null;
  /** One more key and value [1, 1, E] for all to look at. */
  readonly biasK?: Tensor | null;
  readonly biasV?: Tensor | null;
}

export interface MultiHeadOptions extends GeneratorOptions {
  /** How many heads the width is divided among. */
  readonly heads: number;
  /** Axes are [batch, time, width] instead of [time, batch, width]. Default false. */
  readonly batchFirst?: boolean;
  /** Keys to leave out: [batch, keys] (or [keys]), bool, or floats added to the scores. */
  readonly keyPaddingMask?: Tensor | null;
  /** Pairs to leave out: [queries, keys] or [batch heads, queries, keys], bool, or floats added to the scores. */
  readonly attnMask?: Tensor | null;
  /** One more key and value of zeros. Default false. */
  readonly addZeroAttn?: boolean;
  /** The probability that a weight is dropped; 0 if left out. */
  readonly dropoutP?: number;
  /** Default true. */
  readonly needWeights?: boolean;
  /** Mean over the heads, instead of the weights of each. Default true. */
  readonly averageAttnWeights?: boolean;
}

export interface MultiHeadAttended {
  /** As the queries. */
  readonly output: Tensor;
  /** [batch, queries, keys], or [batch, heads, queries, keys]; null unless `needWeights`. */
  readonly weights: Tensor | null;
}

/**
 * Attention by several heads, each on its share of the projected width. (Vaswani et al. 2017.) Query [L, N, E], key
 * [S, N, its width] and value [S, N, its width], or all without N. A mask is true where a key is left out.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */
export function multiHeadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  parameters: MultiHeadParameters,
  options: MultiHeadOptions,
): MultiHeadAttended {
  assertInputs(query, key, value, options);
  if (query.ndim === 3) return scope(() => attend(query, key, value, parameters, options));
  return scope(() => {
    const axis = options.batchFirst ? 0 : 1;
    const batch = (x: Tensor): Tensor => unsqueeze(x, axis);
    // Self-attention is known by its one tensor.
    const [q, k, v] =
      query === key && key === value ? Array<Tensor>(3).fill(batch(query)) : [query, key, value].map(batch);
    const { output, weights } = attend(q as Tensor, k as Tensor, v as Tensor, parameters, options);
    return { output: squeeze(output, axis), weights: weights && squeeze(weights, 0) };
  });
}

/** [batch, heads, time, width / heads] from [time, batch, width] and back. */
interface Arrangement {
  readonly batch: number;
  readonly heads: number;
  readonly width: number;
  /** Whether time comes after the batch. */
  readonly batchFirst: boolean;
}

function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  parameters: MultiHeadParameters,
  options: MultiHeadOptions,
): MultiHeadAttended {
  const { heads, batchFirst = false, addZeroAttn = false, needWeights = true, averageAttnWeights = true } = options;
  const arrangement = {
    batch: query.shape[batchFirst ? 0 : 1] as number,
    heads,
    width: query.shape[2] as number,
    batchFirst,
  };
  const [q, k, v] = projectInputs(query, key, value, parameters);
  const { biasK = null, biasV = null, outProj, outProjBias = null } = parameters;
  const keys = toHeads(extended(k, biasK, addZeroAttn, arrangement), arrangement);
  const values = toHeads(extended(v, biasV, addZeroAttn, arrangement), arrangement);
  const queries = toHeads(q, arrangement);
  const mask = masks(queries, keys, Number(biasK !== null) + Number(addZeroAttn), options);
  const project = (output: Tensor): Tensor => linear(fromHeads(output, arrangement), outProj, outProjBias);
  if (!needWeights) {
    return { output: project(scaledDotProductAttention(queries, keys, values, { ...options, mask })), weights: null };
  }
  const { output, weights } = scaledDotProductAttentionWithWeights(queries, keys, values, { ...options, mask });
  return { output: project(output), weights: averageAttnWeights ? mean(weights, { dim: 1 }) : weights };
}

/** Queries, keys and values of width E; of one tensor in one product. */
function projectInputs(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { inProj, inProjBias = null }: MultiHeadParameters,
): readonly [Tensor, Tensor, Tensor] {
  const width = query.shape[2] as number;
  const thirds = [width, width, width];
  if (!Array.isArray(inProj) && query === key && key === value) {
    return split(linear(query, inProj as Tensor, inProjBias), thirds, 2) as readonly Tensor[] as [
      Tensor,
      Tensor,
      Tensor,
    ];
  }
  const weights = Array.isArray(inProj) ? (inProj as readonly Tensor[]) : split(inProj as Tensor, thirds, 0);
  const biases = inProjBias && split(inProjBias, thirds, 0);
  const projected = [query, key, value].map((x, i) => linear(x, weights[i] as Tensor, biases && (biases[i] as Tensor)));
  return projected as [Tensor, Tensor, Tensor];
}

/** With one more row in time that is learned, and one of zeros. */
function extended(
  x: Tensor,
  row: Tensor | null,
  withZeros: boolean,
  { batch, width, batchFirst }: Arrangement,
): Tensor {
  if (row === null && !withZeros) return x;
  const shape = batchFirst ? [batch, 1, width] : [1, batch, width];
  const rows = [x];
  if (row !== null) rows.push(expand(row, shape));
  if (withZeros) rows.push(zeros(shape, { dtype: x.dtype, backend: x.backend }));
  return cat(rows, { dim: batchFirst ? 1 : 0 });
}

function toHeads(x: Tensor, { heads, width, batchFirst }: Arrangement): Tensor {
  const divided = reshape(x, [...x.shape.slice(0, 2), heads, width / heads]);
  return permute(divided, batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
}

function fromHeads(x: Tensor, { width, batchFirst }: Arrangement): Tensor {
  const ordered = permute(x, batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]);
  return reshape(ordered, [...ordered.shape.slice(0, 2), width]);
}

/** Both masks as one that is added to the scores; the `more` keys at the end are always seen. */
function masks(queries: Tensor, keys: Tensor, more: number, options: MultiHeadOptions): Tensor | null {
  const { attnMask = null, keyPaddingMask = null } = options;
  const [batch, heads, length] = queries.shape as [number, number, number];
  const width = (keys.shape[2] as number) - more;
  const pairs =
    attnMask &&
    addend('attnMask', attnMask, queries, [
      [length, width],
      [batch * heads, length, width],
    ]);
  const padding = keyPaddingMask && addend('keyPaddingMask', keyPaddingMask, queries, [[batch, width], [width]]);
  const perHead = pairs && (pairs.ndim === 3 ? reshape(pairs, [batch, heads, length, width]) : pairs);
  const perBatch = padding && reshape(padding, [-1, 1, 1, width]);
  const both = perHead && perBatch ? add(perHead, perBatch) : (perHead ?? perBatch);
  return both && more > 0 ? pad(both, [0, more]) : both;
}

/** -Infinity where a bool mask is true, else 0; a float mask itself. */
function addend(name: string, mask: Tensor, like: Tensor, shapes: readonly Shape[]): Tensor {
  if (!shapes.some((shape) => sameShape(shape, mask.shape))) {
    const expected = shapes.map(formatShape).join(' or ');
    throw new ShapeError(`multiHeadAttention: ${name} must be ${expected}, got ${formatShape(mask.shape)}`);
  }
  if (isFloat(mask.dtype)) return mask;
  if (mask.dtype !== 'bool') {
    throw new DTypeError(
      `multiHeadAttention: ${name} must be bool or floats, got ${mask.dtype}; convert it with x.bool()`,
    );
  }
  return where(mask, full([], -Infinity, { dtype: like.dtype, backend: like.backend }), 0);
}

function assertInputs(query: Tensor, key: Tensor, value: Tensor, { heads, batchFirst }: MultiHeadOptions): void {
  const width = query.shape[query.ndim - 1] as number;
  if (width % heads !== 0)
    throw new ArgumentError(`multiHeadAttention: ${heads} heads don't divide a width of ${width}`);
  const outer = (x: Tensor): Shape => x.shape.slice(0, -1);
  const ranks = [query, key, value].every(({ ndim }) => ndim === query.ndim && (ndim === 2 || ndim === 3));
  const batch = batchFirst ? 0 : 1;
  if (ranks && sameShape(outer(key), outer(value)) && (query.ndim === 2 || query.shape[batch] === key.shape[batch]))
    return;
  const axes = batchFirst ? '[N, L, E], [N, S, K] and [N, S, V]' : '[L, N, E], [S, N, K] and [S, N, V]';
  const shapes = [query, key, value].map((x) => formatShape(x.shape)).join(', ');
  throw new ShapeError(`multiHeadAttention: needs query, key and value ${axes}, or all without N; got ${shapes}`);
}
