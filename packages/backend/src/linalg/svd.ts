import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm, type Block } from './algorithm.ts';
import { identity, multiply, reduceToTriangle } from './householder.ts';
import { orthogonalizeRows } from './jacobi.ts';
import { transposed } from './rows.ts';

/**
 * a = U S V^T of [m, n] matrices: U [m, k], the singular values in descending order, V^T [k', n]; the shapes of U and V^T say
 * whether they are square or have min(m, n) singular vectors. NaN where the input isn't finite. By one-sided Jacobi rotations,
 * which find small singular values to high relative accuracy. (Golub & Van Loan, section 8.6.4; Demmel & Veselic 1992.)
 */
export const svd: FactorizationAlgorithm = algorithm(
  'svd',
  { inputs: [2], outputs: [2, 1, 2] },
  ([a], [left, singular, right]) => {
    const [rows, columns] = a.shape as [number, number];
    const [u, vt] = [left.shape[1] as number, right.shape[0] as number];
    if (!a.values.every(Number.isFinite)) {
      for (const { values } of [left, singular, right]) values.fill(Number.NaN);
    } else if (rows >= columns) {
      const { long, short } = decompose(transposed(a.values, rows, columns), columns, rows, singular.values, u);
      left.values.set(transposed(long, u, rows));
      right.values.set(short);
    } else {
      const { long, short } = decompose(a.values.slice(), rows, columns, singular.values, vt);
      left.values.set(transposed(short, rows, rows));
      right.values.set(long);
    }
  },
);

/** Singular values alone. */
export const svdvals: FactorizationAlgorithm = algorithm(
  'svdvals',
  { inputs: [2], outputs: [1] },
  ([a], [singular]) => {
    const rows = rowsOfFewer(a);
    const count = singular.values.length;
    if (!a.values.every(Number.isFinite)) singular.values.fill(Number.NaN);
    else singular.values.set(orthogonalizeRows(rows, count, rows.length / Math.max(count, 1)).lengths);
  },
);

/** The matrix or its transpose, whichever has fewer rows. */
function rowsOfFewer({ shape, values }: Block): Float64Array {
  const [rows, columns] = shape as [number, number];
  return rows < columns ? values.slice() : transposed(values, rows, columns);
}

/**
 * Of w [count, length] with count <= length: singular values, the singular vectors of its columns' space in `width` rows (the
 * first `count` of them belong to the singular values), and those of its rows' space in `count` rows. Overwrites w.
 */
function decompose(
  w: Float64Array,
  count: number,
  length: number,
  singular: Float64Array,
  width: number,
): { readonly long: Float64Array; readonly short: Float64Array } {
  const turns = new Float64Array(count * count);
  identity(turns, count);
  const { lengths, order } = orthogonalizeRows(w, count, length, turns);
  singular.set(lengths);
  return { long: orthonormalRows(sorted(w, order, length), count, length, width), short: sorted(turns, order, count) };
}

function sorted(rows: Float64Array, order: readonly number[], length: number): Float64Array {
  const result = new Float64Array(rows.length);
  order.forEach((from, to) => {
    result.set(rows.subarray(from * length, (from + 1) * length), to * length);
  });
  return result;
}

/**
 * Orthogonal rows scaled to length 1 and completed to `width` rows. Householder's reduction of their transpose gives a
 * direction to rows of zeros, too: its Q has the directions of the rows up to the sign, which is that of R's diagonal.
 */
function orthonormalRows(w: Float64Array, count: number, length: number, width: number): Float64Array {
  const packed = transposed(w, count, length);
  const taus = new Float64Array(count);
  reduceToTriangle(packed, length, count, taus);
  const q = new Float64Array(length * width);
  identity(q, width);
  multiply({ shape: [length, count], values: packed, taus }, q, length, width, false);
  const rows = transposed(q, length, width);
  for (let i = 0; i < count; i++) {
    if ((packed[i * count + i] as number) >= 0) continue;
    for (let k = i * length; k < (i + 1) * length; k++) rows[k] = -(rows[k] as number);
  }
  return rows;
}
