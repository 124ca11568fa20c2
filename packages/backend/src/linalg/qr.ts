import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { identity, multiply, reduceToTriangle } from './householder.ts';

/**
 * a = Q R of [m, n] matrices with orthonormal columns in Q [m, k] and an upper triangular R [k, n], for k = min(m, n) or m.
 * R's diagonal has the signs of LAPACK's, positive or negative. (Golub & Van Loan, algorithm 5.2.1.)
 */
export const qr: FactorizationAlgorithm = algorithm('qr', { inputs: [2], outputs: [2, 2] }, ([a], [q, r]) => {
  const [rows, columns] = a.shape as [number, number];
  const packed = a.values.slice();
  const taus = new Float64Array(Math.min(rows, columns));
  reduceToTriangle(packed, rows, columns, taus);
  for (let row = 0; row < (r.shape[0] as number); row++) {
    for (let j = row; j < columns; j++) r.values[row * columns + j] = packed[row * columns + j] as number;
  }
  const width = q.shape[1] as number;
  identity(q.values, width);
  multiply({ shape: a.shape, values: packed, taus }, q.values, rows, width, false);
});
