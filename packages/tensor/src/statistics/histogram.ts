import { coordinate, expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import {
  ArgumentError,
  type DType,
  DTypeError,
  formatShape,
  isIntegral,
  ShapeError,
  sameShape,
  sizeOf,
} from '@gradus/storage';
import { filled, map, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { clone, detach, int, to } from '../ops/conversion.ts';
import { expand, narrow, reshape, select } from '../ops/movement.ts';
import { add, div, mul, sub } from '../ops/pointwise/index.ts';
import { amax, amin, sum } from '../ops/reduction.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import { readOnce, readOnceSync } from '../read-once.ts';
import type { Tensor } from '../tensor.ts';
import { diff } from './difference.ts';
import { searchsorted } from './searching.ts';

/** Counting. No gradient passes through a count. */

interface BincountOptions {
  /** What each element counts; 1 if left out. */
  readonly weights?: Tensor;
  /** Least size of the result. */
  readonly minlength?: number;
}

/**
 * How often each of 0, 1, 2 ... occurs in a vector of non-negative integers: int32, or a float dtype with weights. Waits
 * for the device, as the result is as long as the largest element says.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.bincount.html
 */
export async function bincount(x: Tensor, options: BincountOptions = {}): Promise<Tensor> {
  assertCountable(x, options);
  return countsOf(x, x.size === 0 ? 0 : (await readOnce(amax(x))) + 1, options);
}

export function bincountSync(x: Tensor, options: BincountOptions = {}): Tensor {
  assertCountable(x, options);
  return countsOf(x, x.size === 0 ? 0 : readOnceSync(amax(x)) + 1, options);
}

function assertCountable(x: Tensor, { weights }: BincountOptions): void {
  if (!isIntegral(x.dtype)) throw new DTypeError(`bincount: needs integers, got ${x.dtype}`);
  if (x.ndim !== 1) throw new ShapeError(`bincount: needs a vector, got shape ${formatShape(x.shape)}`);
  if (weights !== undefined && !sameShape(weights.shape, x.shape)) {
    throw new ShapeError(
      `bincount: weights ${formatShape(weights.shape)} must have the shape of x, ${formatShape(x.shape)}`,
    );
  }
}

function countsOf(x: Tensor, needed: number, { weights, minlength = 0 }: BincountOptions): Tensor {
  return scope(() => {
    const dtype = weights === undefined ? 'int32' : weights.dtype === 'float32' ? 'float32' : 'float64';
    const source =
      weights === undefined ? expand(filled(x.backend, [], dtype, 1), x.shape) : to(detach(weights), dtype);
    const counts = filled(x.backend, [Math.max(needed, minlength)], dtype, 0);
    return scatterInPlace(counts, int(x), source, 0, 'sum');
  });
}

/**
 * Counts in `bins` equal intervals from min to max (the elements' own, where both are 0), as floats.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.histc.html
 */
export function histc(
  x: Tensor,
  options: { readonly bins?: number; readonly min?: number; readonly max?: number } = {},
): Tensor {
  const { bins = 100, min = 0, max = 0 } = options;
  assertFloat('histc', x.dtype);
  return scope(() => {
    const flat = reshape(detach(x), [-1]);
    const edges = equalBins(flat, bins, min === max ? undefined : [min, max], 1);
    return countAt([binOf(flat, edges, linearSearch)], [edges], {});
  });
}

interface HistogramOptions {
  /** Lowest and highest edge for a number of bins; the elements' own extremes if left out. */
  readonly range?: readonly [number, number];
  /** What each element counts; 1 if left out. */
  readonly weight?: Tensor;
  /** Scale to an integral of 1. */
  readonly density?: boolean;
}

/** Counts per bin, and the edges of the bins. */
export interface Histogram {
  readonly hist: Tensor;
  readonly binEdges: Tensor;
}

/**
 * Counts (as floats) in bins: a number of equal ones, or those between the given edges. The last bin holds its upper
 * edge; elements outside of all count nowhere.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.histogram.html
 */
export function histogram(x: Tensor, bins: number | Tensor, options: HistogramOptions = {}): Histogram {
  assertFloat('histogram', x.dtype);
  return scope(() => {
    const flat = reshape(detach(x), [-1]);
    const binEdges = typeof bins === 'number' ? equalBins(flat, bins, options.range, 0.5) : to(bins, x.dtype);
    return { hist: countAt([binOf(flat, binEdges, edgesUpTo)], [binEdges], options), binEdges };
  });
}

interface HistogramddOptions extends Omit<HistogramOptions, 'range'> {
  /** Lowest and highest edge of every axis, one after the other. */
  readonly range?: readonly number[];
}

/** Counts per box, and the edges along each axis. */
export interface Histogramdd {
  readonly hist: Tensor;
  readonly binEdges: readonly Tensor[];
}

/**
 * Counts points, the rows [..., D] of x, in the boxes of a grid: a number of equal bins for all axes or for each, or
 * the edges along each.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.histogramdd.html
 */
export function histogramdd(
  x: Tensor,
  bins: number | readonly (number | Tensor)[],
  options: HistogramddOptions = {},
): Histogramdd {
  const { range, ...rest } = options;
  assertFloat('histogramdd', x.dtype);
  const axes = x.shape[x.ndim - 1] ?? 0;
  const grid = typeof bins === 'number' ? new Array<number>(axes).fill(bins) : bins;
  if (axes === 0 || grid.length !== axes || (range !== undefined && range.length !== 2 * axes)) {
    throw new ArgumentError(
      `histogramdd: needs bins and both ends of a range for each coordinate of the points ${formatShape(x.shape)}`,
    );
  }
  return scope(() => {
    const points = reshape(detach(x), [-1, axes]);
    const coordinates = grid.map((_, i) => select(points, 1, i));
    const binEdges = coordinates.map((column, i) => {
      const limits = range && ([range[2 * i], range[2 * i + 1]] as [number, number]);
      const given = grid[i] as number | Tensor;
      return typeof given === 'number' ? equalBins(column, given, limits, 0.5) : to(given, x.dtype);
    });
    const places = coordinates.map((column, i) => binOf(column, binEdges[i] as Tensor, edgesUpTo));
    return { hist: countAt(places, binEdges, rest), binEdges };
  });
}

/** Counts of points, given by their bins along each axis, in the boxes between edges. */
function countAt(
  places: readonly Tensor[],
  edges: readonly Tensor[],
  { weight, density = false }: HistogramOptions,
): Tensor {
  const [{ backend, dtype }] = edges as [Tensor];
  const place = places.reduce((outer, inner, i) => add(mul(outer, (edges[i] as Tensor).size), inner));
  const source =
    weight === undefined
      ? expand(filled(backend, [], dtype, 1), place.shape)
      : to(reshape(detach(weight), [-1]), dtype);
  // One bin more along each axis, for what lies outside.
  const sizes = edges.map(({ size }) => size);
  const counts = scatterInPlace(filled(backend, [sizeOf(sizes)], dtype, 0), place, source, 0, 'sum');
  const inside = sizes.reduce((all, size, axis) => narrow(all, axis, 0, size - 1), reshape(counts, sizes));
  if (!density) return clone(inside);
  return edges.reduce(
    (hist, edge, axis) => {
      return div(hist, reshape(diff(edge), [-1, ...sizes.slice(axis + 1).map(() => 1)]));
    },
    div(inside, sum(inside)),
  );
}

/** How many edges lie up to each element. */
type Search = (x: Tensor, edges: Tensor) => Tensor;

function binOf(x: Tensor, edges: Tensor, search: Search): Tensor {
  return map('histogram', placeProgram(x.dtype), [search(x, edges), x, ...endsOf(edges)], [edges.size - 1]);
}

function endsOf(edges: Tensor): readonly [first: Tensor, last: Tensor] {
  return [narrow(edges, 0, 0, 1), narrow(edges, 0, edges.size - 1, 1)];
}

const edgesUpTo: Search = (x, edges) => searchsorted(edges, x, { right: true });

/** By the share of the range: an element on an edge counts where rounding takes it, as in PyTorch. */
const linearSearch: Search = (x, edges) => {
  const [first, last] = endsOf(edges);
  return add(int(mul(div(sub(x, first), sub(last, first)), edges.size - 1)), 1);
};

/** The bin from the number of edges up to the element: the last edge belongs to the last bin, what is outside to `bins`. */
function placeProgram(dtype: DType): MapProgram {
  const [found, bins] = [input(0, 'int32'), uniform(0, 'int32')];
  const [x, first, last] = [input(1, dtype), input(2, dtype), input(3, dtype)];
  const inside = e.and(e.le(first, x), e.le(x, last));
  const bin = e.max(e.min(e.sub(found, 1), e.sub(bins, 1)), 0);
  return mapProgram(['int32', dtype, dtype, dtype], ['int32'], [e.select(inside, bin, bins)]);
}

function equalBins(x: Tensor, bins: number, range: readonly [number, number] | undefined, margin: number): Tensor {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`histogram: bins must be a positive integer, got ${bins}`);
  const [low, high] = range ?? (x.size === 0 ? [0, 1] : [amin(x), amax(x)]);
  const end = (value: number | Tensor): Tensor =>
    expand(typeof value === 'number' ? filled(x.backend, [], x.dtype, value) : value, [bins + 1]);
  return map('histogram', edgesProgram(x.dtype), [end(low), end(high)], [bins, margin]);
}

/** Evenly spaced from low to high, each half counted from its own end; an empty interval is widened by the margin. */
function edgesProgram(dtype: DType): MapProgram {
  const [given, bins, margin] = [[input(0, dtype), input(1, dtype)] as const, uniform(0, dtype), uniform(1, dtype)];
  const empty = e.eq(given[0], given[1]);
  const [low, high] = [
    e.select(empty, e.sub(given[0], margin), given[0]),
    e.select(empty, e.add(given[1], margin), given[1]),
  ];
  const i = e.cast(coordinate(0), dtype);
  const step = e.div(e.sub(high, low), bins);
  const edge = e.select(e.lt(e.mul(i, 2), bins), e.add(low, e.mul(step, i)), e.sub(high, e.mul(step, e.sub(bins, i))));
  return mapProgram([dtype, dtype], [dtype, dtype], [edge]);
}
