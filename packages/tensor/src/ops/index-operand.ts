import { expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { categoryOf, DTypeError, formatShape, type Shape, ShapeError, sameShape } from '@gradus/storage';
import { copy, map } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';
import { expand, reshape } from './movement.ts';

/** What the ops that read or write by tensors of indices share. */

/** Indices as kernels take them: int32. */
export function indices(op: string, index: Tensor): Tensor {
  if (index.dtype === 'int32') return index;
  if (categoryOf(index.dtype) === 'integer') return copy(op, index, 'int32');
  throw new DTypeError(`${op}: indices must be integers, not ${index.dtype}; convert them with index.to('int32')`);
}

/** A scalar as a tensor of one axis: kernels that go along an axis need one. */
export function withAxis(x: Tensor): Tensor {
  return x.ndim === 0 ? reshape(x, [1]) : x;
}

/** A vector of indices for one axis, repeated over all others: `shape` is the result's. A view. */
export function spreadAlong(op: string, index: Tensor, axis: number, shape: Shape): Tensor {
  const vector = withAxis(indices(op, index));
  if (vector.ndim > 1)
    throw new ShapeError(`${op}: the index must have one axis, got shape ${formatShape(index.shape)}`);
  return expand(
    reshape(
      vector,
      shape.map((_, i) => (i === axis ? vector.size : 1)),
    ),
    shape,
  );
}

/** Throws unless `index` fits into `shape` along every axis but `axis` (any, where it's left out). */
export function assertIndexFits(op: string, index: Tensor, shape: Shape, what: string, axis?: number): void {
  const fits = index.ndim === shape.length && index.shape.every((n, i) => i === axis || n <= (shape[i] as number));
  if (fits || index.size === 0) return;
  const but = axis === undefined ? '' : ` along every axis but ${axis}`;
  throw new ShapeError(
    `${op}: an index of shape ${formatShape(index.shape)} doesn't fit into ${what} ${formatShape(shape)}${but}`,
  );
}

export function assertSameShape(op: string, x: Tensor, shape: Shape, what: string): void {
  if (!sameShape(x.shape, shape)) {
    throw new ShapeError(`${op}: ${what} must have shape ${formatShape(shape)}, not ${formatShape(x.shape)}`);
  }
}

const programs: MapProgram[] = [];

/**
 * One index into the merged axes from an index per axis, which broadcast together. Negative ones count from the end;
 * where one is outside its axis the result is outside the merged one, so that no wrong element is read.
 */
export function mergeIndices(op: string, perAxis: readonly Tensor[], sizes: Shape): Tensor {
  const count = perAxis.length;
  programs[count] ??= mergeProgram(count);
  return map(
    op,
    programs[count] as MapProgram,
    perAxis.map((index) => indices(op, index)),
    sizes,
  );
}

function mergeProgram(count: number): MapProgram {
  const dtypes = Array.from({ length: count }, () => 'int32' as const);
  const given = dtypes.map((dtype, i) => input(i, dtype));
  const sizes = dtypes.map((dtype, i) => uniform(i, dtype));
  const at = <T>(list: readonly T[], i: number): T => list[i] as T;
  const wrapped = given.map((index, i) => e.select(e.lt(index, 0), e.add(index, at(sizes, i)), index));
  const outside = wrapped
    .map((index, i) => e.or(e.lt(index, 0), e.ge(index, at(sizes, i))))
    .reduce((a, b) => e.or(a, b));
  const merged = wrapped.reduce((sum, index, i) => e.add(e.mul(sum, at(sizes, i)), index));
  // An index as it was given makes the best message; -1 is outside of any merged axis.
  return mapProgram(dtypes, dtypes, [e.select(outside, count === 1 ? at(given, 0) : -1, merged)]);
}
