import type { FactorizationAlgorithm } from '../fused.ts';
import { algorithm } from './algorithm.ts';
import { factorizeLu } from './lu.ts';
import { addScaledAt, swapRows } from './rows.ts';
import { substitute } from './triangular.ts';

/** Coefficients of the [13/13] Pade approximant of exp, the constant first. */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
];

/** Up to this 1-norm the approximant is exact to double precision. */
const LARGEST_NORM = 5.371920351148152;

/** Exponentials of square matrices, by scaling and squaring. NaN where the input isn't finite. (Higham 2005.) */
export const matrixExponential: FactorizationAlgorithm = algorithm(
  'matrixExponential',
  { inputs: [2], outputs: [2] },
  ([a], [result]) => {
    const n = a.shape[0] as number;
    if (!a.values.every(Number.isFinite)) {
      result.values.fill(Number.NaN);
      return;
    }
    const squarings = Math.max(0, Math.ceil(Math.log2(oneNorm(a.values, n) / LARGEST_NORM)));
    let exponential = approximant(
      a.values.map((value) => value / 2 ** squarings),
      n,
    );
    for (let i = 0; i < squarings; i++) exponential = product(exponential, exponential, n);
    result.values.set(exponential);
  },
);

/** The largest sum of magnitudes of a column. */
function oneNorm(a: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  a.forEach((value, at) => {
    sums[at % n] = (sums[at % n] as number) + Math.abs(value);
  });
  return sums.reduce((largest, sum) => Math.max(largest, sum), 0);
}

/** (V - U)^-1 (V + U), where U holds the odd powers and V the even ones. */
function approximant(a: Float64Array, n: number): Float64Array {
  const one = Float64Array.from(a, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  const a2 = product(a, a, n);
  const a4 = product(a2, a2, n);
  const a6 = product(a4, a2, n);
  const low = [one, a2, a4, a6];
  const polynomial = (first: number): Float64Array => {
    const high = combination([a2, a4, a6], first + 8);
    const sum = product(a6, high, n);
    addPowers(sum, low, first);
    return sum;
  };
  const odd = product(a, polynomial(1), n);
  const even = polynomial(0);
  return solve(
    even.map((value, i) => value - (odd[i] as number)),
    even.map((value, i) => value + (odd[i] as number)),
    n,
  );
}

/** Powers times every other coefficient, the first of them given. */
function combination(powers: readonly Float64Array[], first: number): Float64Array {
  const sum = new Float64Array((powers[0] as Float64Array).length);
  addPowers(sum, powers, first);
  return sum;
}

function addPowers(sum: Float64Array, powers: readonly Float64Array[], first: number): void {
  for (const [i, power] of powers.entries()) {
    addScaledAt(sum, 0, PADE[first + 2 * i] as number, power, 0, sum.length);
  }
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) addScaledAt(result, i * n, a[i * n + k] as number, b, k * n, n);
  }
  return result;
}

/** a^-1 b; both are overwritten. */
function solve(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const pivots = new Float64Array(n);
  factorizeLu(a, n, pivots);
  for (const [step, pivot] of pivots.entries()) swapRows(b, n, step, pivot - 1);
  const x = { shape: [n, n], values: b };
  substitute(a, x, { upper: false, unit: true });
  substitute(a, x, { upper: true, unit: false });
  return b;
}
