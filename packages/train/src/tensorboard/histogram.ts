export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The upper end of each bucket, ascending. */
  readonly limits: readonly number[];
  /** How many values each bucket holds. */
  readonly counts: readonly number[];
}

/** TensorFlow's bucket ends: from 1e-12, each a tenth larger than the one before, on both sides of 0. */
const ends: Float64Array = (() => {
  const positive: number[] = [];
  for (let end = 1e-12; end < 1e20; end *= 1.1) positive.push(end);
  positive.push(Number.MAX_VALUE);
  return Float64Array.from([...positive.map((end) => -end).reverse(), 0, ...positive]);
})();

/** Values in buckets; NaN and infinities are left out. Buckets beyond the outermost values are not listed. */
export function histogramOf(values: Iterable<number>): Histogram {
  const all = new Float64Array(ends.length);
  let [min, max, count, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bucket = firstEndAbove(value);
    all[bucket] = (all[bucket] as number) + 1;
    min = Math.min(min, value);
    max = Math.max(max, value);
    count++;
    sum += value;
    sumOfSquares += value * value;
  }
  if (count === 0) return { min: 0, max: 0, count, sum, sumOfSquares, limits: [0], counts: [0] };
  const last = all.findLastIndex((n) => n > 0);
  // One empty bucket below: a bucket begins where the one before it ends.
  const first = Math.max(0, all.findIndex((n) => n > 0) - 1);
  const range = [first, last + 1] as const;
  return { min, max, count, sum, sumOfSquares, limits: [...ends.slice(...range)], counts: [...all.slice(...range)] };
}

/** A bucket holds what is below its end and not below that of the bucket before. */
function firstEndAbove(value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
