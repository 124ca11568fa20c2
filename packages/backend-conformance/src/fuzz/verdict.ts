import { convert } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';
import { Random } from '../random.ts';
import { exact, isClose, type Tolerance } from '../tolerance.ts';
import { Sampler } from './sampled.ts';

/** What a result may differ from the reference by, without any cancellation: some units in the last place. */
const closeness: Readonly<Partial<Record<DType, Tolerance>>> = {
  float64: { relative: 2 ** -48, absolute: 0 },
  float32: { relative: 2 ** -20, absolute: 0 },
  float16: { relative: 2 ** -9, absolute: 0 },
  bfloat16: { relative: 2 ** -6, absolute: 0 },
};

/** One possible value of an output element. */
export type Sample = (sampler: Sampler) => number;

const FIRST_SAMPLES = 40;
const ALL_SAMPLES = 400;

/** Whether a result is one that rounding may give, where the reference gives `expected`. */
export function isPossible(result: number, expected: number, dtype: DType, flushes: boolean, sample: Sample): boolean {
  const tolerance = closeness[dtype] ?? exact;
  if (isClose(result, expected, tolerance)) return true;
  const random = new Random(1);
  const range = new Range(dtype);
  for (let i = 0; i < ALL_SAMPLES; i++) {
    const sampler = new Sampler(random, pickRounding(i, random), flushes);
    const value = convert(sample(sampler), dtype);
    if (sampler.isUndefined) return true;
    range.add(value);
    if (i >= FIRST_SAMPLES && i % FIRST_SAMPLES === 0 && range.holds(result, tolerance)) return true;
  }
  return range.holds(result, tolerance);
}

/** Everything rounded to its dtype, nothing, or some. */
function pickRounding(i: number, random: Random): number {
  return i % 3 === 0 ? random.next() : (i % 3) - 1;
}

/** The values that were seen. */
class Range {
  readonly #dtype: DType;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #seesNaN = false;

  constructor(dtype: DType) {
    this.#dtype = dtype;
  }

  add(value: number): void {
    if (Number.isNaN(value)) this.#seesNaN = true;
    else {
      this.#low = Math.min(this.#low, value);
      this.#high = Math.max(this.#high, value);
    }
  }

  /** Whether a value lies in the range, widened by itself: the samples seldom reach the ends. */
  holds(value: number, { relative, absolute }: Tolerance): boolean {
    if (Number.isNaN(value)) return this.#seesNaN;
    if (value >= this.#low && value <= this.#high) return true;
    const width = this.#high - this.#low;
    if (!Number.isFinite(width) || !Number.isFinite(value) || !isFloat(this.#dtype)) return false;
    const margin = width + absolute + relative * Math.max(Math.abs(this.#low), Math.abs(this.#high));
    return value >= this.#low - margin && value <= this.#high + margin;
  }
}
