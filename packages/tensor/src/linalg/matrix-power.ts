import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { eye } from '../creation.ts';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { expand } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { inv } from './solve.ts';

/**
 * Square matrices to an integer power by repeated squaring; of their inverses for negative ones.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.matrix_power.html
 */
export function matrixPower(x: Tensor, n: number): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  if (rows === undefined || rows !== columns) {
    throw new ShapeError(`matrixPower: needs square matrices, got shape ${formatShape(x.shape)}`);
  }
  if (!Number.isInteger(n)) throw new ArgumentError(`matrixPower: n must be an integer, got ${n}`);
  return scope(() => {
    if (n === 0) return copy('matrixPower', expand(eye(rows, rows, { dtype: x.dtype, backend: x.backend }), x.shape));
    if (n < 0) return n === -1 ? inv(x) : power(inv(x), -n);
    return n === 1 ? copy('matrixPower', x) : power(x, n);
  });
}

function power(x: Tensor, n: number): Tensor {
  if (n === 1) return x;
  const half = power(x, Math.floor(n / 2));
  const even = matmul(half, half);
  return n % 2 === 0 ? even : matmul(even, x);
}
