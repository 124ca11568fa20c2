import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { dotAt } from './rows.ts';

/**
 * a = L L^T of positive definite matrices, of which only the lower triangle is read. The second output is 0, or the order, from
 * 1, of the first leading minor that isn't positive; L is NaN then. (Golub & Van Loan, algorithm 4.2.1; LAPACK's potrf.)
 */
export const cholesky: FactorizationAlgorithm = algorithm(
  'cholesky',
  { inputs: [2], outputs: [2, 0] },
  ([a], [lower, info]) => {
    const n = a.shape[0] as number;
    const failed = factorize(a.values, lower.values, n);
    info.values[0] = failed;
    if (failed > 0) lower.values.fill(Number.NaN);
  },
);

function factorize(a: Float64Array, lower: Float64Array, n: number): number {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rest = (a[i * n + j] as number) - dotAt(lower, i * n, lower, j * n, j);
      lower[i * n + j] = rest / (lower[j * n + j] as number);
    }
    const square = (a[i * n + i] as number) - dotAt(lower, i * n, lower, i * n, i);
    if (!(square > 0)) return i + 1;
    lower[i * n + i] = Math.sqrt(square);
  }
  return 0;
}
