import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { addScaledAt, swapRows } from './rows.ts';

/** Bounds the growth of elements: (1 + sqrt(17)) / 8. */
const ALPHA = (1 + Math.sqrt(17)) / 8;

/**
 * a = P L D L^T P^T of symmetric matrices, of which only the lower triangle is read. L (unit lower triangle, its diagonal not
 * stored) and D share the first output. D has blocks of one or two rows: the second output holds for a block of one the row,
 * counted from 1, that changed places with it; for both rows of a block of two that row for the second of them, negated. The
 * third is the number, from 1, of the first block that is 0, or 0. (Bunch & Kaufman 1977; LAPACK's sytrf.)
 */
export const ldl: FactorizationAlgorithm = algorithm(
  'ldl',
  { inputs: [2], outputs: [2, 1, 0] },
  ([a], [factors, pivots, info]) => {
    const n = a.shape[0] as number;
    const work = symmetric(a.values, n);
    info.values[0] = factorize(work, n, pivots.values);
    for (let i = 0; i < n; i++) factors.values.set(work.subarray(i * n, i * n + i + 1), i * n);
  },
);

function symmetric(a: Float64Array, n: number): Float64Array {
  return a.map((_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return a[Math.max(i, j) * n + Math.min(i, j)] as number;
  });
}

/** Overwrites the lower triangle of a full symmetric matrix; returns the number of the first zero block, or 0. */
function factorize(a: Float64Array, n: number, pivots: Float64Array): number {
  let singular = 0;
  for (let k = 0; k < n; ) {
    const { size, row } = choosePivot(a, n, k);
    swapSymmetric(a, n, k, k + size - 1, row);
    pivots.fill(size === 1 ? row + 1 : -(row + 1), k, k + size);
    if (size === 2) eliminatePair(a, n, k);
    else if (a[k * n + k] === 0) singular ||= k + 1;
    else eliminateOne(a, n, k);
    k += size;
  }
  return singular;
}

/** How many rows the next block has, and which row becomes its last. */
function choosePivot(a: Float64Array, n: number, k: number): { readonly size: 1 | 2; readonly row: number } {
  const here = Math.abs(a[k * n + k] as number);
  const [column, largest] = largestInColumn(a, n, k, k);
  // Nothing to eliminate also where all is 0 or NaN.
  if (!(here < ALPHA * largest)) return { size: 1, row: k };
  const [, beside] = largestInColumn(a, n, k, column);
  if (here * beside >= ALPHA * largest * largest) return { size: 1, row: k };
  const there = Math.abs(a[column * n + column] as number);
  return { size: there >= ALPHA * beside ? 1 : 2, row: column };
}

/** The largest element off the diagonal in a column of the rest, from row `start` on. */
function largestInColumn(a: Float64Array, n: number, start: number, column: number): readonly [number, number] {
  let [best, largest] = [column, 0];
  for (let i = start; i < n; i++) {
    const size = Math.abs(a[i * n + column] as number);
    if (i !== column && size > largest) [best, largest] = [i, size];
  }
  return [best, largest];
}

/** Exchanges two rows and columns of the rest; columns that are finished keep their order, as in LAPACK. */
function swapSymmetric(a: Float64Array, n: number, start: number, i: number, j: number): void {
  if (i === j) return;
  for (let k = start; k < n; k++) {
    [a[i * n + k], a[j * n + k]] = [a[j * n + k] as number, a[i * n + k] as number];
  }
  for (let k = start; k < n; k++) {
    [a[k * n + i], a[k * n + j]] = [a[k * n + j] as number, a[k * n + i] as number];
  }
}

function eliminateOne(a: Float64Array, n: number, k: number): void {
  const pivot = a[k * n + k] as number;
  for (let i = k + 1; i < n; i++) {
    const factor = (a[i * n + k] as number) / pivot;
    addScaledAt(a, i * n + k + 1, -factor, a, k * n + k + 1, n - k - 1);
    a[i * n + k] = factor;
  }
}

function eliminatePair(a: Float64Array, n: number, k: number): void {
  const [first, second] = [k * n, (k + 1) * n];
  const coupling = a[second + k] as number;
  const [d1, d2] = [(a[first + k] as number) / coupling, (a[second + k + 1] as number) / coupling];
  const scale = 1 / ((d1 * d2 - 1) * coupling);
  for (let i = k + 2; i < n; i++) {
    const [x, y] = [a[i * n + k] as number, a[i * n + k + 1] as number];
    const [l1, l2] = [scale * (d2 * x - y), scale * (d1 * y - x)];
    addScaledAt(a, i * n + k + 2, -l1, a, first + k + 2, n - k - 2);
    addScaledAt(a, i * n + k + 2, -l2, a, second + k + 2, n - k - 2);
    [a[i * n + k], a[i * n + k + 1]] = [l1, l2];
  }
}

/** Solutions x [n, k] of a x = b from the factors and pivots of `ldl`. (LAPACK's sytrs.) */
export const ldlSolve: FactorizationAlgorithm = algorithm(
  'ldlSolve',
  { inputs: [2, 1, 2], outputs: [2] },
  ([factors, pivots, b], [x]) => {
    const [n, columns] = b.shape as [number, number];
    x.values.set(b.values);
    const blocks = blocksOf(pivots.values);
    for (const block of blocks) forward(factors.values, n, x.values, columns, block);
    for (const block of blocks.reverse()) backward(factors.values, n, x.values, columns, block);
  },
);

interface DiagonalBlock {
  readonly start: number;
  readonly size: 1 | 2;
  /** What its last row changed places with. */
  readonly row: number;
}

function blocksOf(pivots: Float64Array): DiagonalBlock[] {
  const blocks: DiagonalBlock[] = [];
  for (let start = 0; start < pivots.length; ) {
    const pivot = pivots[start] as number;
    const size = pivot > 0 ? 1 : 2;
    blocks.push({ start, size, row: Math.abs(pivot) - 1 });
    start += size;
  }
  return blocks;
}

/** x = D^-1 L^-1 P^T x, one block of it. */
function forward(
  factors: Float64Array,
  n: number,
  x: Float64Array,
  columns: number,
  { start, size, row }: DiagonalBlock,
): void {
  swapRows(x, columns, start + size - 1, row);
  for (let i = start + size; i < n; i++) {
    for (let k = start; k < start + size; k++) {
      addScaledAt(x, i * columns, -(factors[i * n + k] as number), x, k * columns, columns);
    }
  }
  const [first, second] = [start * columns, (start + 1) * columns];
  const head = factors[start * n + start] as number;
  const coupling = size === 2 ? (factors[(start + 1) * n + start] as number) : 1;
  const [d1, d2] = [head / coupling, (factors[(start + 1) * n + start + 1] as number) / coupling];
  for (let j = 0; j < columns; j++) {
    const above = (x[first + j] as number) / coupling;
    if (size === 1) {
      x[first + j] = above / head;
      continue;
    }
    const below = (x[second + j] as number) / coupling;
    x[first + j] = (d2 * above - below) / (d1 * d2 - 1);
    x[second + j] = (d1 * below - above) / (d1 * d2 - 1);
  }
}

/** x = P L^-T x, one block of it. */
function backward(
  factors: Float64Array,
  n: number,
  x: Float64Array,
  columns: number,
  { start, size, row }: DiagonalBlock,
): void {
  for (let i = start + size; i < n; i++) {
    for (let k = start; k < start + size; k++) {
      addScaledAt(x, k * columns, -(factors[i * n + k] as number), x, i * columns, columns);
    }
  }
  swapRows(x, columns, start + size - 1, row);
}
