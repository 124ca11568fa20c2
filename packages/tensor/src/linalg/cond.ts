import { filled } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { div, gt, mul, where } from '../ops/pointwise/index.ts';
import { amax, amin } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { batchOf, matrixSize, squareSize } from './matrices.ts';
import { type MatrixOrder, matrixNorm } from './matrix-norm.ts';
import { invEx } from './solve.ts';
import { svdvals } from './svd.ts';

/**
 * Condition numbers [...] of matrices [..., m, n]: the norm times that of the inverse. For p = 2 (default) and -2, quotients of
 * the extreme singular values, the matrices need not be square. Infinity for singular
 * matrices whose elimination meets a zero.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.cond.html
 */
export function cond(x: Tensor, options: { readonly p?: MatrixOrder } = {}): Tensor {
  const { p = 2 } = options;
  const isSpectral = p === 2 || p === -2;
  const size = isSpectral ? matrixSize('cond', x) : [squareSize('cond', x)];
  if (x.size === 0 && size.includes(0)) return filled(x.backend, batchOf(x), x.dtype, 0);
  return scope(() => {
    if (isSpectral) {
      const values = svdvals(x);
      const [largest, smallest] = [amax(values, { dim: -1 }), amin(values, { dim: -1 })];
      return p > 0 ? div(largest, smallest) : div(smallest, largest);
    }
    const { inverse, info } = invEx(x);
    const infinity = filled(x.backend, [], x.dtype, Number.POSITIVE_INFINITY);
    return where(gt(info, 0), infinity, mul(matrixNorm(x, { ord: p }), matrixNorm(inverse, { ord: p })));
  });
}
