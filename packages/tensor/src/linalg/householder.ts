import {
  householder,
  householderMultiply,
  householderMultiplyTransposed,
  householderProduct as product,
} from '@gradus/backend/linalg';
import { formatShape, ShapeError } from '@gradus/storage';
import { factorize } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { narrow, unsqueeze } from '../ops/movement.ts';
import { add, mul, sub } from '../ops/pointwise/index.ts';
import { tril } from '../ops/triangle.ts';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { alignBatches, batchOf, identityLike, matrixSize, mT, withBatch } from './matrices.ts';
import { noRule, withoutGradient } from './without-gradient.ts';

/**
 * A QR decomposition of [..., m, n] as LAPACK packs it: R in the upper triangle of `a`, the reflectors I - tau v v^T below it (each
 * v begins with a 1 that isn't stored), and their factors in `tau` [..., min(m, n)]. It has no gradient; `qr` has.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.geqrf.html
 */
export function geqrf(x: Tensor): { readonly a: Tensor; readonly tau: Tensor } {
  const [rows, columns] = matrixSize('geqrf', x);
  const results = [
    [x.shape, x.dtype],
    [[...batchOf(x), Math.min(rows, columns)], x.dtype],
  ] as const;
  const [a, tau] = factorize('geqrf', householder, [x], results, withoutGradient('geqrf', 'qr has one'));
  return { a: a as Tensor, tau: tau as Tensor };
}

/**
 * The first n columns of the product of the k reflectors that are packed in A [..., m, n], m >= n >= k: Q of `geqrf`'s result.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.householder_product.html
 */
export function householderProduct(A: Tensor, tau: Tensor): Tensor {
  const [rows, columns] = assertReflectors('householderProduct', A, tau);
  if (rows < columns) {
    throw new ShapeError(`householderProduct: needs as many rows as columns or more, got ${formatShape(A.shape)}`);
  }
  if (recorder?.wants([A, tau])) return scope(() => reflect(A, tau, identityLike(A, rows, columns), false));
  const results = [[A.shape, A.dtype]] as const;
  return factorize('householderProduct', product, [A, tau], results, noRule)[0] as Tensor;
}

interface OrmqrOptions {
  /** Q x (default), or x Q. */
  readonly left?: boolean;
  /** With Q^T in place of Q. */
  readonly transpose?: boolean;
}

/**
 * x times the square Q [..., m, m] of the k reflectors that are packed in A [..., m, k], without forming Q; batch axes broadcast.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.ormqr.html
 */
export function ormqr(A: Tensor, tau: Tensor, x: Tensor, options: OrmqrOptions = {}): Tensor {
  const { left = true, transpose = false } = options;
  const [rows] = assertReflectors('ormqr', A, tau);
  if (x.ndim < 2 || x.shape[x.ndim - (left ? 2 : 1)] !== rows) {
    throw new ShapeError(
      `ormqr: x must have ${rows} ${left ? 'rows' : 'columns'} for reflectors ${formatShape(A.shape)}, got ${formatShape(x.shape)}`,
    );
  }
  return scope(() => {
    if (!left) return mT(ormqr(A, tau, mT(x), { transpose: !transpose }));
    const [reflectors, target] = alignBatches('ormqr', A, x);
    const inputs = [reflectors, withBatch(tau, batchOf(reflectors), 1), target] as const;
    if (recorder?.wants(inputs)) return reflect(...inputs, transpose);
    const algorithm = transpose ? householderMultiplyTransposed : householderMultiply;
    return factorize('ormqr', algorithm, inputs, [[target.shape, x.dtype]], noRule)[0] as Tensor;
  });
}

/** The product with Q, one reflector after the other, of ops that have gradients. */
function reflect(A: Tensor, tau: Tensor, x: Tensor, transpose: boolean): Tensor {
  const [rows, columns] = A.shape.slice(-2) as [number, number];
  const count = tau.shape[tau.ndim - 1] as number;
  const vectors = add(tril(A, { diagonal: -1 }), identityLike(A, rows, columns));
  const factors = unsqueeze(tau, -2);
  let result = withBatch(x, batchOf(A));
  for (let step = 0; step < count; step++) {
    const at = transpose ? step : count - 1 - step;
    const v = narrow(vectors, -1, at, 1);
    result = sub(result, matmul(mul(v, narrow(factors, -1, at, 1)), matmul(mT(v), result)));
  }
  // With no reflectors it is a copy all the same.
  return count > 0 ? result : add(result, 0);
}

function assertReflectors(op: string, A: Tensor, tau: Tensor): readonly [rows: number, columns: number] {
  const [rows, columns] = matrixSize(op, A);
  const count = tau.shape[tau.ndim - 1] ?? -1;
  const sameBatch = tau.ndim === A.ndim - 1 && batchOf(A).every((size, axis) => size === tau.shape[axis]);
  if (sameBatch && count >= 0 && count <= Math.min(rows, columns)) return [rows, columns];
  throw new ShapeError(
    `${op}: tau must be ${formatShape([...batchOf(A), Math.min(rows, columns)])} or shorter for reflectors ` +
      `${formatShape(A.shape)}, got ${formatShape(tau.shape)}`,
  );
}
