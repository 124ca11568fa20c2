import { coordinate, expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { formatShape, ShapeError } from '@gradus/storage';
import { map, mapInPlace } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';

/** Triangles of the matrices in the last two axes. `diagonal` moves the edge upwards; it belongs to both triangles. */

interface TriangleOptions {
  readonly diagonal?: number;
}

/** The lower triangle, zeros above. */
export function tril(x: Tensor, options: TriangleOptions = {}): Tensor {
  return map('tril', triangle('tril', x, e.le), [x], [options.diagonal ?? 0]);
}

export function tril_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return mapInPlace('tril', triangle('tril', x, e.le), [x], x, [options.diagonal ?? 0]);
}

/** The upper triangle, zeros below. */
export function triu(x: Tensor, options: TriangleOptions = {}): Tensor {
  return map('triu', triangle('triu', x, e.ge), [x], [options.diagonal ?? 0]);
}

export function triu_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return mapInPlace('triu', triangle('triu', x, e.ge), [x], x, [options.diagonal ?? 0]);
}

function triangle(op: string, { ndim, dtype, shape }: Tensor, inside: typeof e.le): MapProgram {
  if (ndim < 2) throw new ShapeError(`${op}: needs at least 2 axes, got shape ${formatShape(shape)}`);
  const above = e.sub(coordinate(ndim - 1), coordinate(ndim - 2));
  return mapProgram([dtype], ['int32'], [e.select(inside(above, uniform(0, 'int32')), input(0, dtype), 0)]);
}
