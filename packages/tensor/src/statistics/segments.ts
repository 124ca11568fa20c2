import { ArgumentError, formatShape, normalizeAxis, ShapeError, sameShape } from '@gradus/storage';
import { cat, filled } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { iota } from '../ops/compaction.ts';
import { detach, int } from '../ops/conversion.ts';
import { cumsum } from '../ops/cumulative.ts';
import { expand, narrow, reshape } from '../ops/movement.ts';
import { div, eq, maximum, remainder, sub, where } from '../ops/pointwise/index.ts';
import { type ScatterReduction, scatterReduce } from '../ops/scatter.ts';
import type { Tensor } from '../tensor.ts';
import { diff } from './difference.ts';
import { searchsorted } from './searching.ts';

export type SegmentReduction = 'sum' | 'mean' | 'prod' | 'max' | 'min';

/** How a segment becomes one value, and the value of an empty one. */
const reductions: Readonly<Record<SegmentReduction, readonly [fold: ScatterReduction, neutral: number]>> = {
  sum: ['sum', 0],
  mean: ['sum', 0],
  prod: ['prod', 1],
  max: ['amax', Number.NEGATIVE_INFINITY],
  min: ['amin', Number.POSITIVE_INFINITY],
};

interface SegmentOptions {
  /** How long each segment is, [..., segments]: as many axes as up to `axis`. */
  readonly lengths?: Tensor;
  /** Where each begins and the last one ends, [..., segments + 1], instead of lengths. */
  readonly offsets?: Tensor;
  /** Default 0. */
  readonly axis?: number;
  /** What each segment starts from. Default: the reduction's neutral element; the mean of nothing is then NaN. */
  readonly initial?: number;
}

/**
 * Reduces consecutive segments along an axis to one value each, [..., segments, ...].
 *
 * @see https://pytorch.org/docs/1.13/generated/torch.segment_reduce.html
 */
export function segmentReduce(x: Tensor, reduce: SegmentReduction, options: SegmentOptions = {}): Tensor {
  const axis = normalizeAxis('segmentReduce', options.axis ?? 0, x.ndim);
  const [fold, neutral] = reductions[reduce] ?? [];
  if (fold === undefined) throw new ArgumentError(`segmentReduce: there is no reduction '${reduce}'`);
  return scope(() => {
    const edges = edgesOf(x, axis, options);
    const segments = (edges.shape[axis] as number) - 1;
    const initial = options.initial ?? neutral;
    // One segment more, for what lies in none.
    const shape = x.shape.with(axis, segments + 1);
    const start = filled(x.backend, shape, x.dtype, initial);
    const place = spread(placesOf(edges, x.shape[axis] as number, segments), x.shape, axis);
    const folded = narrow(scatterReduce(start, axis, place, x, fold), axis, 0, segments);
    if (reduce !== 'mean') return folded;
    const counts = spread(diff(edges), folded.shape, axis);
    const mean = div(folded, maximum(counts, 1));
    return options.initial === undefined ? where(eq(counts, 0), Number.NaN, mean) : mean;
  });
}

/** The offsets, int32, [..., segments + 1]. */
function edgesOf(x: Tensor, axis: number, { lengths, offsets }: SegmentOptions): Tensor {
  const given = lengths ?? offsets;
  if (given === undefined || (lengths !== undefined && offsets !== undefined)) {
    throw new ArgumentError('segmentReduce: needs either lengths or offsets');
  }
  if (given.ndim !== axis + 1 || !sameShape(given.shape.slice(0, axis), x.shape.slice(0, axis))) {
    throw new ShapeError(
      `segmentReduce: segments ${formatShape(given.shape)} must have the axes of ${formatShape(x.shape)} up to ${axis}`,
    );
  }
  const edges = int(detach(given));
  if (lengths === undefined) return edges;
  return cat([filled(x.backend, given.shape.with(axis, 1), 'int32', 0), cumsum(edges, axis)], axis);
}

/** The segment of every position, [..., positions]; `segments` for one that lies in none. */
function placesOf(edges: Tensor, length: number, segments: number): Tensor {
  const axis = edges.ndim - 1;
  const all = expand(iota(edges.backend, length), edges.shape.with(axis, length));
  const found = searchsorted(edges, all, { right: true });
  return remainder(sub(found, 1), segments + 1);
}

/** What is given for each index of the axes up to one, for all of them. */
function spread(x: Tensor, shape: readonly number[], axis: number): Tensor {
  return expand(reshape(x, [...x.shape, ...shape.slice(axis + 1).map(() => 1)]), shape);
}
