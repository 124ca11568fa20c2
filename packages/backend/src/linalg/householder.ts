import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';

/** Reflectors H = I - tau v v^T, where v is 0 above some row and 1 in it. (Golub & Van Loan, section 5.1.) */

/**
 * a = Q R of [m, n] matrices, packed: R is the upper triangle of the first output; below the diagonal of column i are the
 * elements of the reflector v_i after its 1, and tau_i is in the second. Q = H_0 H_1 ... (LAPACK's geqrf, and its signs.)
 */
export const householder: FactorizationAlgorithm = algorithm(
  'householder',
  { inputs: [2], outputs: [2, 1] },
  ([a], [packed, taus]) => {
    packed.values.set(a.values);
    const [rows, columns] = a.shape as [number, number];
    reduceToTriangle(packed.values, rows, columns, taus.values);
  },
);

/** The first columns of Q = H_0 H_1 ... from packed reflectors and their taus, as many as the output has. (orgqr.) */
export const householderProduct: FactorizationAlgorithm = algorithm(
  'householderProduct',
  { inputs: [2, 1], outputs: [2] },
  ([packed, taus], [q]) => {
    const [rows, columns] = q.shape as [number, number];
    identity(q.values, columns);
    multiply({ ...packed, taus: taus.values }, q.values, rows, columns, false);
  },
);

/** Q x for a matrix x, from packed reflectors and their taus. (ormqr.) */
export const householderMultiply: FactorizationAlgorithm = multiplication('householderMultiply', false);

/** Q^T x. */
export const householderMultiplyTransposed: FactorizationAlgorithm = multiplication(
  'householderMultiplyTransposed',
  true,
);

function multiplication(name: string, transpose: boolean): FactorizationAlgorithm {
  return algorithm(name, { inputs: [2, 1, 2], outputs: [2] }, ([packed, taus, x], [product]) => {
    const [rows, columns] = x.shape as [number, number];
    product.values.set(x.values);
    multiply({ ...packed, taus: taus.values }, product.values, rows, columns, transpose);
  });
}

interface Reflectors {
  /** Of the packed matrix. */
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly taus: Float64Array;
}

/** x = Q x, or Q^T x, which applies the reflectors in the order of their making. */
export function multiply(
  { shape, values, taus }: Reflectors,
  x: Float64Array,
  rows: number,
  columns: number,
  transpose: boolean,
): void {
  const width = shape[1] as number;
  const v = new Float64Array(rows);
  for (let step = 0; step < taus.length; step++) {
    const at = transpose ? step : taus.length - 1 - step;
    v[at] = 1;
    for (let row = at + 1; row < rows; row++) v[row] = values[row * width + at] as number;
    reflect(x, rows, columns, v, taus[at] as number, at, 0);
  }
}

/** Overwrites a matrix by its R and, below it, the reflectors that lead there. */
export function reduceToTriangle(values: Float64Array, rows: number, columns: number, taus: Float64Array): void {
  const v = new Float64Array(rows);
  for (let step = 0; step < taus.length; step++) {
    for (let row = step; row < rows; row++) v[row] = values[row * columns + step] as number;
    const { tau, beta } = makeReflector(v, step);
    taus[step] = tau;
    reflect(values, rows, columns, v, tau, step, step + 1);
    values[step * columns + step] = beta;
    for (let row = step + 1; row < rows; row++) values[row * columns + step] = v[row] as number;
  }
}

/**
 * The reflector that takes x, from `start` on, to (beta, 0, ...): x is overwritten by v. Where x is of that form already, tau
 * is 0 and nothing is reflected. (LAPACK's larfg.)
 */
export function makeReflector(x: Float64Array, start: number): { readonly tau: number; readonly beta: number } {
  const alpha = x[start] as number;
  const below = lengthOf(x, start + 1);
  x[start] = 1;
  if (below === 0) return { tau: 0, beta: alpha };
  const beta = alpha > 0 ? -Math.hypot(alpha, below) : Math.hypot(alpha, below);
  const divisor = alpha - beta;
  for (let i = start + 1; i < x.length; i++) x[i] = (x[i] as number) / divisor;
  return { tau: (beta - alpha) / beta, beta };
}

/** The Euclidean norm of x from `start` on, scaled so that no square overflows. */
function lengthOf(x: Float64Array, start: number): number {
  let largest = 0;
  for (let i = start; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i] as number));
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return largest;
  let sum = 0;
  for (let i = start; i < x.length; i++) sum += ((x[i] as number) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** x = H x, for the columns of a row-major matrix from `from` on; v is 0 above row `start`. */
function reflect(
  x: Float64Array,
  rows: number,
  columns: number,
  v: Float64Array,
  tau: number,
  start: number,
  from: number,
): void {
  if (tau === 0) return;
  const products = new Float64Array(columns);
  for (let row = start; row < rows; row++) {
    const weight = v[row] as number;
    for (let j = from; j < columns; j++)
      products[j] = (products[j] as number) + weight * (x[row * columns + j] as number);
  }
  for (let row = start; row < rows; row++) {
    const weight = tau * (v[row] as number);
    for (let j = from; j < columns; j++) {
      x[row * columns + j] = (x[row * columns + j] as number) - weight * (products[j] as number);
    }
  }
}

/** Ones on the diagonal of a matrix of zeros. */
export function identity(values: Float64Array, columns: number): void {
  for (let i = 0; i < values.length; i += columns + 1) {
    if (i / (columns + 1) < columns) values[i] = 1;
  }
}
