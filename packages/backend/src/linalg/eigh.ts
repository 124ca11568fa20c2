import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { diagonalize, tridiagonalize } from './tridiagonal.ts';

/**
 * Eigenvalues of symmetric matrices in ascending order, and orthonormal eigenvectors in the columns of the second output. Only
 * the lower triangle is read. NaN where the input isn't finite. (Golub & Van Loan, sections 8.3.1 and 8.3.5.)
 */
export const eigh: FactorizationAlgorithm = algorithm(
  'eigh',
  { inputs: [2], outputs: [1, 2] },
  ([a], [eigenvalues, vectors]) => {
    const n = a.shape[0] as number;
    const { values, rows, order } = decompose(a.values, n, true);
    order.forEach((from, to) => {
      eigenvalues.values[to] = values[from] as number;
      for (let i = 0; i < n; i++) vectors.values[i * n + to] = rows[from * n + i] as number;
    });
  },
);

/** Eigenvalues alone. */
export const eigvalsh: FactorizationAlgorithm = algorithm(
  'eigvalsh',
  { inputs: [2], outputs: [1] },
  ([a], [eigenvalues]) => {
    const { values, order } = decompose(a.values, a.shape[0] as number, false);
    order.forEach((from, to) => {
      eigenvalues.values[to] = values[from] as number;
    });
  },
);

interface Decomposition {
  readonly values: Float64Array;
  /** The eigenvectors, one a row. */
  readonly rows: Float64Array;
  /** Places of the eigenvalues, ascending. */
  readonly order: readonly number[];
}

function decompose(a: Float64Array, n: number, vectors: boolean): Decomposition {
  const { diagonal, offDiagonal, rows } = tridiagonalize(symmetric(a, n), n, vectors);
  const converged = diagonalize(diagonal, offDiagonal, rows);
  if (!converged) for (const array of [diagonal, rows]) array.fill(Number.NaN);
  const order = Array.from(diagonal.keys()).sort((i, j) => (diagonal[i] as number) - (diagonal[j] as number));
  return { values: diagonal, rows, order };
}

/** The matrix that a lower triangle stands for. */
function symmetric(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      result[i * n + j] = a[i * n + j] as number;
      result[j * n + i] = a[i * n + j] as number;
    }
  }
  return result;
}
