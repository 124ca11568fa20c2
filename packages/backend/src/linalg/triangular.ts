import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm, type Block } from './algorithm.ts';
import { addScaledAt } from './rows.ts';

/** Solutions x [n, k] of t x = b for lower triangular t [n, n]; what lies above its diagonal isn't read. */
export const solveLower: FactorizationAlgorithm = substitution('solveLower', false, false);

/** The same for upper triangular t. */
export const solveUpper: FactorizationAlgorithm = substitution('solveUpper', true, false);

/** The same for lower triangular t with ones on the diagonal, which isn't read either. */
export const solveUnitLower: FactorizationAlgorithm = substitution('solveUnitLower', false, true);

/** The same for upper triangular t with ones on the diagonal. */
export const solveUnitUpper: FactorizationAlgorithm = substitution('solveUnitUpper', true, true);

function substitution(name: string, upper: boolean, unit: boolean): FactorizationAlgorithm {
  return algorithm(name, { inputs: [2, 2], outputs: [2] }, ([t, b], [x]) => {
    x.values.set(b.values);
    substitute(t.values, x, { upper, unit });
  });
}

/** x = t^-1 x in place. */
export function substitute(
  t: Float64Array,
  { shape, values }: Block,
  { upper, unit }: { readonly upper: boolean; readonly unit: boolean },
): void {
  const [n, columns] = shape as [number, number];
  for (let step = 0; step < n; step++) {
    const row = upper ? n - 1 - step : step;
    // Unknowns that are known by now.
    for (let k = upper ? row + 1 : 0; k < (upper ? n : row); k++) {
      addScaledAt(values, row * columns, -(t[row * n + k] as number), values, k * columns, columns);
    }
    if (unit) continue;
    const pivot = t[row * n + row] as number;
    for (let j = row * columns; j < (row + 1) * columns; j++) values[j] = (values[j] as number) / pivot;
  }
}
