import { broadcastShapes, type DType, formatShape, promoteTypes, type Shape, ShapeError } from '@gradus/storage';
import { casting } from '../casting.ts';
import { copy, matmul as launch } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { reshape, unsqueeze } from './movement.ts';

/**
 * Matrix product with broadcast batch axes; a vector on the left is a row, on the right a column, and its axis goes.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.matmul.html
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (casting !== null) [a, b] = casting.low([a, b]) as [Tensor, Tensor];
  if (a.ndim === 0 || b.ndim === 0) {
    throw new ShapeError(
      `matmul: needs at least one axis each, got ${formatShape(a.shape)} x ${formatShape(b.shape)}; use mul`,
    );
  }
  if (a.shape[a.ndim - 1] !== b.shape[Math.max(b.ndim - 2, 0)]) {
    throw new ShapeError(`matmul: inner dimensions differ, ${formatShape(a.shape)} x ${formatShape(b.shape)}`);
  }
  if (a.ndim === 2 && b.ndim === 2 && a.dtype === b.dtype) return launch(a, b, []);
  return scope(() => multiply(a, b));
}

function multiply(a: Tensor, b: Tensor): Tensor {
  const [left, right] = promote(a, b);
  // A matrix of rows times a weight is one product, not a batch of them.
  if (left.ndim > 2 && right.ndim === 2) return foldedMatmul(left, right);
  const row = left.ndim === 1 ? unsqueeze(left, 0) : left;
  const column = right.ndim === 1 ? unsqueeze(right, 1) : right;
  const batch = broadcastShapes('matmul', row.shape.slice(0, -2), column.shape.slice(0, -2));
  const product = launch(row, column, batch);
  if (a.ndim > 1 && b.ndim > 1) return product;
  return reshape(product, resultShape(a, b, batch));
}

function foldedMatmul(a: Tensor, b: Tensor): Tensor {
  const [inner, columns] = b.shape as [number, number];
  const rows = a.shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return reshape(launch(reshape(a, [rows, inner]), b, []), [...a.shape.slice(0, -1), columns]);
}

function resultShape(a: Tensor, b: Tensor, batch: Shape): Shape {
  const rows = a.ndim > 1 ? [a.shape[a.ndim - 2] as number] : [];
  const columns = b.ndim > 1 ? [b.shape[b.ndim - 1] as number] : [];
  return [...batch, ...rows, ...columns];
}

function promote(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  if (a.dtype === b.dtype) return [a, b];
  const dtype: DType = promoteTypes(a.dtype, b.dtype);
  return [a.dtype === dtype ? a : copy('matmul', a, dtype), b.dtype === dtype ? b : copy('matmul', b, dtype)];
}
