import { cat } from '../launch/index.ts';
import { matmul } from '../ops/matmul.ts';
import { narrow } from '../ops/movement.ts';
import { add, sub } from '../ops/pointwise/index.ts';
import { tril, triu } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { identityLike, leading, mT } from './matrices.ts';
import { orderOf, permuteRows } from './row-order.ts';
import { solveTriangular } from './triangular.ts';

/**
 * The gradient of x = P L U from that of L and U, which share a matrix as L and U do. With k = min(m, n), the leading k rows and
 * columns are L1 U1; below them is L2 U1, or beside them L1 U2. The gradient of P^T x is
 *
 *     L1^-T (tril(L1^T gL1 - gU2 U2^T, -1) + triu(gU1 U1^T - L2^T gL2)) U1^-T     in the leading part,
 *     gL2 U1^-T     below it,     L1^-T gU2     beside it.
 *
 * (de Hoog, Anderssen & Lukas 2011, for square matrices; the rest is the chain rule for L2 = x2 U1^-1 and U2 = L1^-1 x2.)
 */
export function luGradient(g: Tensor, factors: Tensor, pivots: Tensor): Tensor {
  const [rows, columns] = factors.shape.slice(-2) as [number, number];
  const k = Math.min(rows, columns);
  const [head, gHead] = [leading(factors, k, k), leading(g, k, k)];
  const L1 = add(tril(head, { diagonal: -1 }), identityLike(head, k));
  let lower = matmul(mT(L1), tril(gHead, { diagonal: -1 }));
  let upper = matmul(triu(gHead), mT(triu(head)));
  const divideByL = (x: Tensor): Tensor => solveTriangular(mT(head), x, { upper: true, unitriangular: true });
  const divideByU = (x: Tensor): Tensor => solveTriangular(mT(head), x, { upper: false, left: false });
  const inner = (): Tensor => divideByU(divideByL(add(tril(lower, { diagonal: -1 }), triu(upper))));
  let result: Tensor;
  if (rows > columns) {
    const [L2, gL2] = [narrow(factors, -2, k, rows - k), narrow(g, -2, k, rows - k)];
    upper = sub(upper, matmul(mT(L2), gL2));
    result = cat([inner(), divideByU(gL2)], g.ndim - 2);
  } else if (rows < columns) {
    const [U2, gU2] = [narrow(factors, -1, k, columns - k), narrow(g, -1, k, columns - k)];
    lower = sub(lower, matmul(gU2, mT(U2)));
    result = cat([inner(), divideByL(gU2)], g.ndim - 1);
  } else {
    result = inner();
  }
  return permuteRows(result, orderOf(pivots, rows).inverse);
}
