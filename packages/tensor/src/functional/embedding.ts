import { type Expression, expressions as e } from '@gradus/backend';
import { ArgumentError, DTypeError, formatShape, isFloat, isIntegral, ShapeError } from '@gradus/storage';
import { arange, full, onesLike, zeros } from '../creation.ts';
import { scope } from '../memory.ts';
import { detach, int } from '../ops/conversion.ts';
import { cumsum } from '../ops/cumulative.ts';
import { indexSelect } from '../ops/gather.ts';
import { expand, narrow, reshape, unsqueeze } from '../ops/movement.ts';
import { renorm } from '../ops/norm.ts';
import { overwrite } from '../ops/overwrite.ts';
import { pointwise } from '../ops/pointwise/define.ts';
import { div, eq, gt, mul, ne, type Operand, type Pointwise, reciprocal, sub, where } from '../ops/pointwise/index.ts';
import { indexAdd, scatterAdd, scatterReduce } from '../ops/scatter.ts';
import { unrecorded } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';

export interface EmbeddingOptions {
  /** A row that gets no gradient; in a bag it counts for nothing. */
  readonly paddingIdx?: number | null;
  /** Rows that are looked up and longer than this are scaled down to it, in `weight` itself. */
  readonly maxNorm?: number | null;
  /** The order of that norm; 2 if left out. */
  readonly normType?: number;
  /** Divide each row's gradient by how often it is looked up. */
  readonly scaleGradByFreq?: boolean;
}

export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** For one axis of indices: where each bag begins, int32 and ascending from 0. */
  readonly offsets?: Tensor | null;
  /** The last offset is the end of the last bag. */
  readonly includeLastOffset?: boolean;
  /** How a bag's rows become one; 'mean' if left out. An empty bag gives 0. */
  readonly mode?: 'sum' | 'mean' | 'max';
  /** Weight of every index, of their shape; for 'sum' only. */
  readonly perSampleWeights?: Tensor | null;
}

/**
 * Rows of weight [rows, dim] by int32 indices [...]; gives [..., dim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
 */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  return scope(() => {
    const rows = lookUp('embedding', reshape(indices, [-1]), weight, options);
    return reshape(rows, [...indices.shape, weight.shape[1] as number]);
  });
}

/**
 * Sums, means or maxima of rows of weight [rows, dim]: of every row of indices [bags, n], or of the runs of indices [n]
 * that `offsets` separate; gives [bags, dim].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
 */
export function embeddingBag(indices: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  const { mode = 'mean', perSampleWeights = null } = options;
  if (perSampleWeights !== null && mode !== 'sum') {
    throw new ArgumentError(`embeddingBag: perSampleWeights need mode 'sum', not '${mode}'`);
  }
  return scope(() => {
    const { bagOf, bags } = bagsOf(indices, options);
    const flat = reshape(indices, [-1]);
    const rows = lookUp('embeddingBag', flat, weight, options);
    const counted = reshape(isCounted(flat, weight, options), [-1, 1]);
    const weighted = perSampleWeights === null ? rows : mul(rows, reshape(perSampleWeights, [-1, 1]));
    const like = { dtype: weight.dtype, backend: weight.backend };
    const nothing = zeros([bags, weight.shape[1] as number], like);
    const counts = indexAdd(zeros([bags, 1], like), 0, bagOf, where(counted, onesLike(counted, like), 0));
    if (mode === 'max') return where(gt(counts, 0), largestPerBag(where(counted, weighted, -Infinity), bagOf, bags), 0);
    const sums = indexAdd(nothing, 0, bagOf, where(counted, weighted, 0));
    return mode === 'sum' ? sums : div(sums, where(eq(counts, 0), 1, counts));
  });
}

/**
 * A new last axis of size `numClasses`: 1 at the class (an integer from 0), 0 elsewhere; int32.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
 */
export function oneHot(x: Tensor, numClasses: number): Tensor {
  if (!isIntegral(x.dtype)) throw new DTypeError(`oneHot: classes are integers, got ${x.dtype}`);
  return scope(() => int(eq(unsqueeze(x, -1), arange(0, numClasses, 1, { dtype: 'int32', backend: x.backend }))));
}

/** The rows of flat indices. */
function lookUp(op: string, indices: Tensor, weight: Tensor, options: EmbeddingOptions): Tensor {
  const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
  if (weight.ndim !== 2 || !isFloat(weight.dtype)) {
    throw new ShapeError(`${op}: weight must be floats [rows, dim], got ${weight.dtype} ${formatShape(weight.shape)}`);
  }
  if (maxNorm !== null) unrecorded(() => shorten(weight, indices, maxNorm, normType));
  const found = indexSelect(weight, 0, indices);
  const rows = scaleGradByFreq ? scaleGradient(found, detach(found), reciprocal(frequencies(indices, weight))) : found;
  return paddingIdx === null ? rows : where(unsqueeze(isCounted(indices, weight, options), -1), rows, detach(rows));
}

/** Whether an index is not the padding's. */
function isCounted(indices: Tensor, weight: Tensor, { paddingIdx = null }: EmbeddingOptions): Tensor {
  if (paddingIdx === null) return full(indices.shape, true, { dtype: 'bool', backend: indices.backend });
  return ne(indices, paddingIdx < 0 ? paddingIdx + (weight.shape[0] as number) : paddingIdx);
}

/** Scales down the rows that are looked up and too long. */
function shorten(weight: Tensor, indices: Tensor, maxNorm: number, order: number): void {
  const found = gt(countOfRows(indices, weight), 0);
  overwrite('embedding', weight, where(found, renorm(weight, order, 0, maxNorm), weight));
}

/** How often each index occurs, [n, 1]. */
function frequencies(indices: Tensor, weight: Tensor): Tensor {
  return indexSelect(countOfRows(indices, weight), 0, indices);
}

/** How often each row is looked up, [rows, 1]. */
function countOfRows(indices: Tensor, weight: Tensor): Tensor {
  const like = { dtype: weight.dtype, backend: weight.backend };
  const once = onesLike(indices, like);
  return reshape(scatterAdd(zeros([weight.shape[0] as number], like), 0, indices, once), [-1, 1]);
}

/** The first operand's value with its gradient scaled; `frozen` is the same value without history. */
const scaleGradient: Pointwise<Tensor, [frozen: Operand, scale: Operand]> = pointwise(
  'scaleGradient',
  (x: Expression, frozen: Expression, scale: Expression) => e.add(frozen, e.mul(e.sub(x, frozen), scale)),
);

/** The bag of each index (flat), and how many bags there are. */
function bagsOf(indices: Tensor, { offsets = null, includeLastOffset = false }: EmbeddingBagOptions): Bags {
  const like = { dtype: 'int32', backend: indices.backend } as const;
  if (indices.ndim === 2) {
    if (offsets !== null) throw new ArgumentError('embeddingBag: offsets are for one axis of indices; these have two');
    const bags = indices.shape[0] as number;
    return { bagOf: reshape(expand(reshape(arange(0, bags, 1, like), [-1, 1]), indices.shape), [-1]), bags };
  }
  if (indices.ndim !== 1 || offsets === null) {
    throw new ShapeError(
      `embeddingBag: indices must be [bags, n], or [n] with offsets; got ${formatShape(indices.shape)}`,
    );
  }
  const n = indices.shape[0] as number;
  // A bag begins at every offset: counting them gives each index its bag. An offset at the end begins an empty one.
  const begins = scatterAdd(zeros([n + 1], like), 0, int(offsets), onesLike(offsets, like));
  const bagOf = sub(narrow(cumsum(begins, 0), 0, 0, n), 1);
  return { bagOf, bags: (offsets.shape[0] as number) - (includeLastOffset ? 1 : 0) };
}

interface Bags {
  readonly bagOf: Tensor;
  readonly bags: number;
}

function largestPerBag(rows: Tensor, bagOf: Tensor, bags: number): Tensor {
  const dim = rows.shape[1] as number;
  const lowest = full([bags, dim], -Infinity, { dtype: rows.dtype, backend: rows.backend });
  return scatterReduce(lowest, 0, expand(reshape(bagOf, [-1, 1]), rows.shape), rows, 'amax');
}
