import { broadcastShapes, DTypeError, formatShape, type Shape, ShapeError } from '@gradus/storage';
import { eye } from '../creation.ts';
import { diagonal, expand, narrow, transpose } from '../ops/movement.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';

/** What linear algebra asks of the tensors whose last two axes are matrices. */

/** Rows and columns of a float tensor of at least two axes. */
export function matrixSize(op: string, x: Tensor): readonly [rows: number, columns: number] {
  assertFloat(op, x.dtype);
  if (x.ndim < 2) throw new ShapeError(`${op}: needs matrices, two axes or more, got shape ${formatShape(x.shape)}`);
  return x.shape.slice(-2) as [number, number];
}

/** Rows of square matrices. */
export function squareSize(op: string, x: Tensor): number {
  const [rows, columns] = matrixSize(op, x);
  if (rows !== columns) throw new ShapeError(`${op}: needs square matrices, got shape ${formatShape(x.shape)}`);
  return rows;
}

/** The axes before the last `rank`. */
export function batchOf(x: Tensor, rank = 2): Shape {
  return x.shape.slice(0, x.ndim - rank);
}

/** Views of both with one batch shape; the dtypes must be equal. */
export function alignBatches(op: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`${op}: needs matrices of one dtype, got ${a.dtype} and ${b.dtype}; convert one of them`);
  }
  const batch = broadcastShapes(op, batchOf(a), batchOf(b));
  return [withBatch(a, batch), withBatch(b, batch)];
}

/** A view stretched to a batch shape. */
export function withBatch(x: Tensor, batch: Shape, rank = 2): Tensor {
  return expand(x, [...batch, ...x.shape.slice(x.ndim - rank)]);
}

/** Whether `b` is a vector, or a batch of them, where matrices are solved for. */
export function isVectorFor(a: Tensor, b: Tensor): boolean {
  if (b.ndim === 1) return true;
  return b.ndim === a.ndim - 1 && b.shape.every((size, axis) => size === a.shape[axis]);
}

/** The matrices transposed: a view. */
export function mT(x: Tensor): Tensor {
  return transpose(x, -2, -1);
}

/** The diagonals of the matrices: a view. */
export function diagonalOf(x: Tensor): Tensor {
  return diagonal(x, 0, -2, -1);
}

/** An identity matrix of x's dtype, on its backend. */
export function identityLike(x: Tensor, rows: number, columns: number = rows): Tensor {
  return eye(rows, columns, { dtype: x.dtype, backend: x.backend });
}

/** Some rows and columns of the matrices from their beginning: a view. */
export function leading(x: Tensor, rows: number, columns: number): Tensor {
  return narrow(narrow(x, -2, 0, rows), -1, 0, columns);
}
