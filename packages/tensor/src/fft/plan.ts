/**
 * What the host knows of transforms: the radices that a length is done in, and roots of unity in double precision in the
 * layouts in which the stages read them.
 */

/** One step of a transform: sums of `radix` points, turned by twiddle factors for the `rest` that later stages sum. */
export interface Stage {
  readonly radix: number;
  readonly rest: number;
  /** The sums as a real matrix, [2 radix, 2 radix]: real parts come before imaginary ones. */
  readonly matrix: Float64Array;
  /** [rest, radix] and [2, rest, radix]; null where nothing is left. */
  readonly twiddles: Factors | null;
}

/** Complex factors: real parts, and imaginary ones twice, negated for the real results and as they are for the others. */
export interface Factors {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Radices are products of primes up to this: few passes, and matrices that stay small. */
const LARGEST_PRODUCT = 16;
/** A larger prime is left to Bluestein's algorithm. */
const LARGEST_PRIME = 61;
/** Plans beyond this length are made anew each time, so that what is kept stays small. */
const LONGEST_KEPT = 65536;
const MOST_KEPT = 16;

const kept = new Map<number, readonly Stage[]>();

/** The stages for n points; null where n has a large prime factor. */
export function planOf(n: number): readonly Stage[] | null {
  const known = kept.get(n);
  if (known !== undefined) return known;
  const primes = primeFactors(n);
  if (primes.some((prime) => prime > LARGEST_PRIME)) return null;
  const plan = stagesOf(n, radicesOf(primes));
  if (kept.size >= MOST_KEPT) kept.clear();
  if (n <= LONGEST_KEPT) kept.set(n, plan);
  return plan;
}

/** In ascending order; none for 1. */
function primeFactors(n: number): readonly number[] {
  const factors: number[] = [];
  let rest = n;
  for (let prime = 2; prime * prime <= rest; prime++) {
    for (; rest % prime === 0; rest /= prime) factors.push(prime);
  }
  return rest > 1 ? [...factors, rest] : factors;
}

function radicesOf(primes: readonly number[]): readonly number[] {
  const radices: number[] = [];
  let radix = 1;
  for (const prime of primes) {
    if (radix * prime > LARGEST_PRODUCT && radix > 1) {
      radices.push(radix);
      radix = 1;
    }
    radix *= prime;
  }
  return [...radices, radix];
}

function stagesOf(n: number, radices: readonly number[]): readonly Stage[] {
  let length = n;
  return radices.map((radix) => {
    const rest = length / radix;
    const twiddles = rest === 1 ? null : factorsOf(length, (k) => Math.floor(k / radix) * (k % radix), length);
    length = rest;
    return { radix, rest, matrix: dftMatrix(radix), twiddles };
  });
}

/** The factors exp(-2 pi i power(k) / n) for k from 0 to `count`. */
export function factorsOf(count: number, power: (k: number) => number, n: number): Factors {
  const real = new Float64Array(count);
  const imaginary = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const [cosine, sine] = turn(power(k) % n, n);
    real[k] = cosine;
    imaginary[k] = sine;
    imaginary[count + k] = -sine;
  }
  return { real, imaginary };
}

/** [[C, S], [-S, C]] with the cosines and sines of 2 pi j k / n. Its transpose is that of the inverse transform. */
function dftMatrix(n: number): Float64Array {
  const matrix = new Float64Array(4 * n * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const [cosine, sine] = turn((j * k) % n, n);
      matrix[2 * n * k + j] = cosine;
      matrix[2 * n * k + n + j] = sine;
      matrix[2 * n * (n + k) + j] = -sine;
      matrix[2 * n * (n + k) + n + j] = cosine;
    }
  }
  return matrix;
}

/** Cosine and sine of k n-ths of a full turn, by an angle of at most an eighth: exact at the quarters. */
function turn(k: number, n: number): readonly [cosine: number, sine: number] {
  const quarter = Math.round((4 * k) / n);
  const angle = (Math.PI / 2) * ((4 * k - quarter * n) / n);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (
    [
      [c, s],
      [-s, c],
      [-c, -s],
      [s, -c],
    ] as const
  )[(quarter % 4) as 0 | 1 | 2 | 3];
}
