import {
  constant,
  type Expression,
  expressions as e,
  input,
  type MapProgram,
  mapProgram,
  type ReduceProgram,
  reduceProgram,
  uniform,
} from '@gradus/backend';
import {
  ArgumentError,
  type DType,
  DTypeError,
  formatShape,
  isFloat,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  ShapeError,
} from '@gradus/storage';
import { filled, gather, map, mapMany, reducedShape } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { detach } from '../ops/conversion.ts';
import type { ValuesAndIndices } from '../ops/extrema.ts';
import { movedim, reshape } from '../ops/movement.ts';
import { stableOrder, takeOne, viaVector } from '../ops/order.ts';
import { type Binary, binary } from '../ops/pointwise/define.ts';
import { lerp } from '../ops/pointwise/index.ts';
import { amax } from '../ops/reduction.ts';
import { type AxisOptions, assertFloat, assertSomething, reduceOver } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';

/** Medians and quantiles. */

/**
 * The median, the lower one of two; NaN if there is a NaN. With `dim`, along an axis with the index where it stands:
 * the gradient goes there. Without, elements equal to the median share it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.median.html
 */
export function median(x: Tensor): Tensor;
export function median(x: Tensor, options: AxisOptions): ValuesAndIndices;
export function median(x: Tensor, options?: AxisOptions): Tensor | ValuesAndIndices {
  return options === undefined ? medianOfAll(x, 'median') : medianAlong(x, 'median', options);
}

/** The median of what isn't NaN. See `median`. */
export function nanmedian(x: Tensor): Tensor;
export function nanmedian(x: Tensor, options: AxisOptions): ValuesAndIndices;
export function nanmedian(x: Tensor, options?: AxisOptions): Tensor | ValuesAndIndices {
  return options === undefined ? medianOfAll(x, 'nanmedian') : medianAlong(x, 'nanmedian', options);
}

type MedianName = 'median' | 'nanmedian';

function medianAlong(x: Tensor, name: MedianName, options: AxisOptions): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => medianAlong(vector, name, options));
  const axis = normalizeAxis(name, options.dim, x.ndim);
  assertSomething(name, x, [axis]);
  return scope(() => {
    const size = x.shape[axis] as number;
    const place = reduceOver(name, placeProgram(name, x.dtype), [x], { dim: axis, keepdim: true }, [size]);
    return takeOne(x, axis, gather(stableOrder(x, axis), place, axis), options.keepdim ?? false);
  });
}

/** Where the median stands in a sorted line, from the number of NaN (which come last) and the size. */
function placeProgram(name: MedianName, dtype: DType): ReduceProgram {
  const [nans, size] = [input(0, 'int32'), uniform(0, 'int32')];
  const half = (count: Expression): Expression => e.shr(e.sub(count, 1), 1);
  const place =
    name === 'median' ? e.select(e.gt(nans, 0), e.sub(size, nans), half(size)) : e.max(half(e.sub(size, nans)), 0);
  return reduceProgram([dtype], ['int32'], 'sum', e.cast(e.isNaN(input(0, dtype)), 'int32'), place);
}

function medianOfAll(x: Tensor, name: MedianName): Tensor {
  if (x.size === 0) return filled(x.backend, [], x.dtype, Number.NaN);
  return scope(() => {
    const { values } = medianAlong(reshape(detach(x), [-1]), name, { dim: 0 });
    return isFloat(x.dtype) ? amax(onlyEqual(x, values)) : values;
  });
}

/** -Infinity wherever x isn't the value (NaN equals NaN). */
const onlyEqual: Binary = binary('median', (x, value) => {
  const both = e.and(e.isNaN(x), e.isNaN(value));
  return e.select(e.or(e.eq(x, value), both), x, -Infinity);
});

type Interpolation = 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint';

interface QuantileOptions {
  /** Over one axis; over all elements if left out. */
  readonly dim?: number;
  readonly keepdim?: boolean;
  /** What to take for a rank between two elements. Default 'linear'. */
  readonly interpolation?: Interpolation;
}

/**
 * The q-quantiles, q from 0 to 1; a vector q makes a first axis of its size. NaN if there is a NaN.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.quantile.html
 */
export function quantile(x: Tensor, q: number | Tensor, options: QuantileOptions = {}): Tensor {
  return quantiles('quantile', x, q, options);
}

/** The q-quantiles of what isn't NaN. See `quantile`. */
export function nanquantile(x: Tensor, q: number | Tensor, options: QuantileOptions = {}): Tensor {
  return quantiles('nanquantile', x, q, options);
}

type QuantileName = 'quantile' | 'nanquantile';

function quantiles(name: QuantileName, x: Tensor, q: number | Tensor, options: QuantileOptions): Tensor {
  assertQuantile(name, x, q);
  return scope(() => {
    const lines = options.dim === undefined || x.ndim === 0 ? reshape(x, [-1]) : movedim(x, options.dim, -1);
    const axis = lines.ndim - 1;
    assertSomething(name, lines, [axis]);
    const at = typeof q === 'number' ? filled(x.backend, [1], x.dtype, q) : reshape(q, [-1]);
    const [below, above, weight] = ranks(name, lines, at, options.interpolation ?? 'linear');
    const order = stableOrder(lines, axis);
    const take = (rank: Tensor): Tensor => gather(lines, gather(order, rank, axis), axis);
    const result = movedim(lerp(take(below), take(above), weight), -1, 0);
    return reshape(result, resultShape(x, q, options));
  });
}

function assertQuantile(name: QuantileName, x: Tensor, q: number | Tensor): void {
  assertFloat(name, x.dtype);
  if (typeof q === 'number') {
    if (!(q >= 0 && q <= 1)) throw new ArgumentError(`${name}: q must be from 0 to 1, got ${q}`);
  } else if (q.ndim > 1) {
    throw new ShapeError(`${name}: q must be a number, a scalar or a vector, got shape ${formatShape(q.shape)}`);
  } else if (q.dtype !== x.dtype) {
    throw new DTypeError(`${name}: q is ${q.dtype} and x is ${x.dtype}; convert one with to()`);
  }
}

/** Ranks below and above each quantile (int32, [..., q]) and the weight of the upper one. */
function ranks(
  name: QuantileName,
  lines: Tensor,
  q: Tensor,
  interpolation: Interpolation,
): readonly [Tensor, Tensor, Tensor] {
  const { dtype } = lines;
  const isNaN = e.cast(e.isNaN(input(0, dtype)), 'int32');
  const counts = reduceProgram([dtype], [], 'sum', isNaN);
  const nans = reduceOver(name, counts, [lines], { dim: -1, keepdim: true });
  const size = lines.shape[lines.ndim - 1] as number;
  // Rounded to the dtype before the rank is split, as PyTorch does: two launches.
  const rank = map(name, rankProgram(name, dtype), [nans, q], [size]);
  return mapMany(name, splitProgram(interpolation, dtype), [rank]) as unknown as readonly [Tensor, Tensor, Tensor];
}

function rankProgram(name: QuantileName, dtype: DType): MapProgram {
  const [nans, q, size] = [input(0, 'int32'), input(1, dtype), uniform(0, 'int32')];
  const last = e.cast(e.sub(size, 1), dtype);
  // The last of a line with NaN is a NaN.
  if (name === 'quantile')
    return mapProgram(['int32', dtype], ['int32'], [e.select(e.gt(nans, 0), last, e.mul(q, last))]);
  const lastNumber = e.cast(e.sub(e.sub(size, nans), 1), dtype);
  return mapProgram(['int32', dtype], ['int32'], [e.max(e.mul(q, lastNumber), 0)]);
}

function splitProgram(interpolation: Interpolation, dtype: DType): MapProgram {
  const round = { linear: undefined, midpoint: undefined, lower: e.floor, higher: e.ceil, nearest: e.round }[
    interpolation
  ];
  const rank = round?.(input(0, dtype)) ?? input(0, dtype);
  const below = e.floor(rank);
  const weight = interpolation === 'midpoint' ? constant(0.5, dtype) : e.sub(rank, below);
  return mapProgram([dtype], [], [e.cast(below, 'int32'), e.cast(e.ceil(rank), 'int32'), weight]);
}

function resultShape(x: Tensor, q: number | Tensor, { dim, keepdim = false }: QuantileOptions): Shape {
  const leading = typeof q === 'number' ? [] : q.shape;
  return [...leading, ...reducedShape(x.shape, normalizeAxes('quantile', dim, x.ndim), keepdim)];
}
