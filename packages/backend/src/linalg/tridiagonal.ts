import { identity, makeReflector, multiply } from './householder.ts';
import { addScaledAt, dotAt, rotateAt, transposed } from './rows.ts';

/** A symmetric matrix as Q T Q^T, T tridiagonal. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i couples i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Q^T, or nothing where it isn't wanted. */
  readonly rows: Float64Array;
}

/** Householder's reduction of a full symmetric matrix, which is overwritten. (Golub & Van Loan, algorithm 8.3.1.) */
export function tridiagonalize(a: Float64Array, n: number, vectors: boolean): Tridiagonal {
  const taus = new Float64Array(Math.max(n - 2, 0));
  const offDiagonal = new Float64Array(n);
  const [v, w] = [new Float64Array(n), new Float64Array(n)];
  for (let step = 0; step < taus.length; step++) {
    for (let i = 0; i < n; i++) v[i] = i > step ? (a[i * n + step] as number) : 0;
    const { tau, beta } = makeReflector(v, step + 1);
    taus[step] = tau;
    offDiagonal[step] = beta;
    if (tau !== 0) reflectBothSides(a, n, v, w, tau, step + 1);
    for (let i = step + 2; i < n; i++) a[i * n + step] = v[i] as number;
  }
  if (n > 1) offDiagonal[n - 2] = a[(n - 1) * n + n - 2] as number;
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number);
  return { diagonal, offDiagonal, rows: vectors ? accumulated(a, n, taus) : new Float64Array(0) };
}

/** a = H a H from row and column `start` on: a rank-two update. */
function reflectBothSides(
  a: Float64Array,
  n: number,
  v: Float64Array,
  w: Float64Array,
  tau: number,
  start: number,
): void {
  const count = n - start;
  for (let i = start; i < n; i++) w[i] = tau * dotAt(a, i * n + start, v, start, count);
  addScaledAt(w, start, -0.5 * tau * dotAt(w, start, v, start, count), v, start, count);
  for (let i = start; i < n; i++) {
    addScaledAt(a, i * n + start, -(v[i] as number), w, start, count);
    addScaledAt(a, i * n + start, -(w[i] as number), v, start, count);
  }
}

/** Q^T of the reflectors, each of which begins one row below its column. */
function accumulated(a: Float64Array, n: number, taus: Float64Array): Float64Array {
  const q = new Float64Array(n * n);
  identity(q, n);
  if (n < 3) return q;
  // Row 0 and column 0 aside, the reflectors are packed as those of a QR decomposition.
  const inner = n - 1;
  const packed = new Float64Array(inner * inner);
  const product = new Float64Array(inner * inner);
  for (let i = 0; i < inner; i++) packed.set(a.subarray((i + 1) * n, (i + 1) * n + inner), i * inner);
  identity(product, inner);
  multiply({ shape: [inner, inner], values: packed, taus }, product, inner, inner, false);
  for (let i = 0; i < inner; i++) q.set(product.subarray(i * inner, (i + 1) * inner), (i + 1) * n + 1);
  return transposed(q, n, n);
}

/** Steps per eigenvalue; two or three are common. */
const MAX_STEPS = 80;

/**
 * Implicit QL steps with Wilkinson's shift until nothing is off the diagonal, which then holds the eigenvalues; `rows` become
 * the eigenvectors. False where that doesn't happen: the matrix isn't finite. (Golub & Van Loan, algorithm 8.3.3.)
 */
export function diagonalize(diagonal: Float64Array, offDiagonal: Float64Array, rows: Float64Array): boolean {
  const n = diagonal.length;
  for (let first = 0; first < n; first++) {
    for (let step = 0; ; step++) {
      const last = endOfBlock(diagonal, offDiagonal, first);
      if (last === first) break;
      if (step === MAX_STEPS) return false;
      stepQl(diagonal, offDiagonal, rows, first, last);
    }
  }
  return diagonal.every(Number.isFinite);
}

/** The last row of the block that begins at `first` and doesn't fall apart. */
function endOfBlock(diagonal: Float64Array, offDiagonal: Float64Array, first: number): number {
  let last = first;
  while (last < diagonal.length - 1) {
    const size = Math.abs(diagonal[last] as number) + Math.abs(diagonal[last + 1] as number);
    if (Math.abs(offDiagonal[last] as number) <= Number.EPSILON * size) break;
    last++;
  }
  return last;
}

/** One step on the block from `first` to `last`: a bulge is chased from its end to its beginning by plane rotations. */
function stepQl(d: Float64Array, e: Float64Array, rows: Float64Array, first: number, last: number): void {
  const n = d.length;
  const half = ((d[first + 1] as number) - (d[first] as number)) / (2 * (e[first] as number));
  const shift = (d[first] as number) - (e[first] as number) / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
  let bulge = (d[last] as number) - shift;
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const coupling = e[i] as number;
    const [opposite, adjacent] = [sine * coupling, cosine * coupling];
    const length = Math.hypot(opposite, bulge);
    e[i + 1] = length;
    if (length === 0) {
      // The block fell apart on the way.
      d[i + 1] = (d[i + 1] as number) - moved;
      e[last] = 0;
      return;
    }
    [sine, cosine] = [opposite / length, bulge / length];
    const next = (d[i + 1] as number) - moved;
    const turned = ((d[i] as number) - next) * sine + 2 * cosine * adjacent;
    moved = sine * turned;
    d[i + 1] = next + moved;
    bulge = cosine * turned - adjacent;
    if (rows.length > 0) rotateAt(rows, i * n, (i + 1) * n, cosine, sine, n);
  }
  d[first] = (d[first] as number) - moved;
  e[first] = bulge;
  e[last] = 0;
}
