import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Generator } from '@gradus/tensor';
import { assertCount } from './random-sampler.ts';
import type { Sampler } from './sampler.ts';

export interface WeightedRandomSamplerOptions {
  /** Whether an index can come again. Default true. */
  readonly replacement?: boolean;
  readonly generator?: Generator;
}

/**
 * Samples with a probability in proportion to their weights, which need not add up to 1: for classes of unlike size.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number;
  readonly generator: Generator | undefined;
  readonly #weights: Float64Array;
  readonly #replacement: boolean;

  constructor(weights: ArrayLike<number>, count: number, options: WeightedRandomSamplerOptions = {}) {
    const { replacement = true, generator } = options;
    assertCount('WeightedRandomSampler', count);
    this.#weights = Float64Array.from(weights);
    const usable = this.#weights.filter((weight) => weight > 0).length;
    if (usable === 0 || this.#weights.some((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))) {
      throw new ArgumentError('WeightedRandomSampler: weights must be finite, not negative, and not all 0');
    }
    if (!replacement && count > usable) {
      throw new ArgumentError(
        `WeightedRandomSampler: can't draw ${count} of ${usable} samples with a weight without replacement`,
      );
    }
    this.length = count;
    this.generator = generator;
    this.#replacement = replacement;
  }

  *[Symbol.iterator](): Iterator<number> {
    const generator = this.generator ?? defaultGenerator;
    const draw = this.#replacement ? drawFromAll : drawDifferent;
    yield* draw(this.#weights, this.length, generator);
  }
}

// Both draw as torch.multinomial does with weights in double precision, on the host whatever the backend.

/** The slots of the cumulative distribution that uniform numbers fall into. */
function drawFromAll(weights: Float64Array, count: number, generator: Generator): number[] {
  let sum = 0;
  const ends = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  const distribution = ends.map((end) => end / sum);
  return Array.from({ length: count }, () => firstFrom(distribution, generator.fraction(53)));
}

/** The first index whose value is not below x; the last, if rounding left all of them below. */
function firstFrom(ascending: Float64Array, x: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest of weight / exponential numbers: as if drawn one by one. (Efraimidis & Spirakis 2006.) */
function drawDifferent(weights: Float64Array, count: number, generator: Generator): number[] {
  const races = weights.map((weight) => weight / -Math.log(1 - generator.fraction(53)));
  const order = Array.from(races, (_, i) => i).sort((a, b) => (races[b] as number) - (races[a] as number));
  return order.slice(0, count);
}
