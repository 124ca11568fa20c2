import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Generator, permutation } from '@gradus/tensor';
import { assertSample, type BatchDataset, type Dataset, sampleOf } from './dataset.ts';

/** Some samples of another data set, by their indices there. `get` is refused where that one has only batches. */
export class Subset<Sample> implements Dataset<Sample> {
  readonly dataset: Dataset<Sample> | BatchDataset<Sample>;
  readonly indices: Int32Array;
  readonly batch?: (indices: Int32Array, seed: number) => Sample | Promise<Sample>;

  constructor(dataset: Dataset<Sample> | BatchDataset<Sample>, indices: Iterable<number>) {
    const chosen = [...indices];
    for (const index of chosen) assertSample(index, dataset.length);
    this.dataset = dataset;
    this.indices = Int32Array.from(chosen);
    if (dataset.batch !== undefined) {
      this.batch = (positions, seed) => {
        return dataset.batch!(
          positions.map((position) => this.indices[position] as number),
          seed,
        );
      };
    }
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number): Sample | Promise<Sample> {
    assertSample(index, this.length);
    return sampleOf(this.dataset, this.indices[index] as number);
  }
}

/**
 * Splits a data set at random into parts without common samples. Lengths are counts that add up to the data set's, or
 * fractions that add up to 1; what rounding down leaves over goes to the first parts, one sample each. The order is
 * PyTorch's for the same state of the generator.
 *
 * ```ts
 * const [training, validation] = randomSplit(dataset, [0.9, 0.1])
 * ```
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.random_split
 */
export function randomSplit<Sample, const Lengths extends readonly number[]>(
  dataset: Dataset<Sample> | BatchDataset<Sample>,
  lengths: Lengths,
  generator: Generator = defaultGenerator,
): { [Part in keyof Lengths]: Subset<Sample> } {
  const counts = countsOf(lengths, dataset.length);
  const order = permutation(generator, dataset.length);
  let start = 0;
  const parts = counts.map((count) => {
    const part = new Subset(dataset, order.subarray(start, start + count));
    start += count;
    return part;
  });
  return parts as { [Part in keyof Lengths]: Subset<Sample> };
}

function countsOf(lengths: readonly number[], total: number): number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  if (lengths.some((length) => !(length >= 0))) {
    throw new ArgumentError(`randomSplit: lengths must not be negative, got ${lengths.join(', ')}`);
  }
  if (sum === total && lengths.every(Number.isInteger)) return [...lengths];
  if (Math.abs(sum - 1) > 1e-9) {
    throw new ArgumentError(`randomSplit: ${lengths.join(' + ')} is neither ${total}, the data set's length, nor 1`);
  }
  const counts = lengths.map((fraction) => Math.floor(total * fraction));
  const left = total - counts.reduce((a, b) => a + b, 0);
  return counts.map((count, part) => count + Math.floor(left / counts.length) + (part < left % counts.length ? 1 : 0));
}
