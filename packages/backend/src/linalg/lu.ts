import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { swapRows } from './rows.ts';

/**
 * a = P L U of [m, n] matrices by rows: L (unit lower triangle, its diagonal not stored) and U share the first output. The
 * second holds per step which row, counted from 1, changed places with the current one; the third the number, from 1, of the
 * first diagonal element of U that is 0, or 0. (Golub & Van Loan, algorithm 3.4.1; LAPACK's getrf.)
 */
export const lu: FactorizationAlgorithm = factorization('lu', largestBelow);

/** The same without exchanging rows. */
export const luUnpivoted: FactorizationAlgorithm = factorization('luUnpivoted', (_, __, step) => step);

/** The row of the element that a step divides by. */
type ChoosePivot = (values: Float64Array, columns: number, step: number) => number;

function factorization(name: string, choosePivot: ChoosePivot): FactorizationAlgorithm {
  return algorithm(name, { inputs: [2], outputs: [2, 1, 0] }, ([a], [factors, pivots, info]) => {
    const [, columns] = a.shape as [number, number];
    factors.values.set(a.values);
    info.values[0] = factorizeLu(factors.values, columns, pivots.values, choosePivot);
  });
}

/** Overwrites a matrix by its L and U; returns the number of the first zero on U's diagonal, or 0. */
export function factorizeLu(
  values: Float64Array,
  columns: number,
  pivots: Float64Array,
  choosePivot: ChoosePivot = largestBelow,
): number {
  let singular = 0;
  for (let step = 0; step < pivots.length; step++) {
    const pivot = choosePivot(values, columns, step);
    pivots[step] = pivot + 1;
    swapRows(values, columns, step, pivot);
    if (values[step * columns + step] === 0) singular ||= step + 1;
    else eliminate(values, columns, step);
  }
  return singular;
}

function largestBelow(values: Float64Array, columns: number, step: number): number {
  let [best, largest] = [step, -1];
  for (let row = step; row * columns < values.length; row++) {
    const size = Math.abs(values[row * columns + step] as number);
    if (size > largest) [best, largest] = [row, size];
  }
  return best;
}

/** Takes multiples of row `step` from all rows below it. */
function eliminate(values: Float64Array, columns: number, step: number): void {
  const start = step * columns;
  const divisor = values[start + step] as number;
  for (let row = start + columns; row < values.length; row += columns) {
    const factor = (values[row + step] as number) / divisor;
    values[row + step] = factor;
    if (factor === 0) continue;
    for (let j = step + 1; j < columns; j++) {
      values[row + j] = (values[row + j] as number) - factor * (values[start + j] as number);
    }
  }
}

/**
 * Where the rows of a factorized matrix came from, and where they went, from the pivots of `lu`: row i of P^T a is row
 * order[i] of a, and row i of a is row inverse[i] of P^T a.
 */
export const rowOrder: FactorizationAlgorithm = algorithm(
  'rowOrder',
  { inputs: [1], outputs: [1, 1] },
  ([pivots], [order, inverse]) => {
    order.values.forEach((_, i) => {
      order.values[i] = i;
    });
    for (const [step, pivot] of pivots.values.entries()) swapRows(order.values, 1, step, pivot - 1);
    order.values.forEach((from, i) => {
      inverse.values[from] = i;
    });
  },
);
