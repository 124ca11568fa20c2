import { ArgumentError, IndexError } from '@gradus/storage';

/**
 * Samples by index, from 0.
 *
 * @see https://pytorch.org/docs/stable/data.html#map-style-datasets
 */
export interface Dataset<Sample> {
  readonly length: number;
  get(index: number): Sample | Promise<Sample>;
  /** Many at once, as a `BatchDataset` gives them, where a data set has something cheaper than one by one. */
  batch?(indices: Int32Array, seed: number): Sample | Promise<Sample>;
  /** How many batches a loader best loads ahead, where it isn't told. */
  readonly prefetch?: number;
}

/** Samples by index, but only many at once. */
export interface BatchDataset<Batch> {
  readonly length: number;
  /**
   * A batch, already collated. What is random about it is to follow from `seed`, which differs from batch to batch and epoch to
   * epoch.
   */
  batch(indices: Int32Array, seed: number): Batch | Promise<Batch>;
  /** How many batches a loader best loads ahead, where it isn't told. */
  readonly prefetch?: number;
}

/**
 * Samples one after another, of which there may be no end; each iteration begins anew.
 *
 * @see https://pytorch.org/docs/stable/data.html#iterable-style-datasets
 */
export type IterableDataset<Sample> = (Iterable<Sample> | AsyncIterable<Sample>) & { readonly length?: number };

/** Samples that are in an array. */
export class ArrayDataset<Sample> implements Dataset<Sample> {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  get length(): number {
    return this.#samples.length;
  }

  get(index: number): Sample {
    assertSample(index, this.length);
    return this.#samples[index] as Sample;
  }
}

export function assertSample(index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new IndexError(`dataset: sample ${index} of ${length} does not exist`);
  }
}

/** One sample. Throws an ArgumentError where a data set has only batches. */
export function sampleOf<Sample>(
  dataset: Dataset<Sample> | BatchDataset<Sample>,
  index: number,
): Sample | Promise<Sample> {
  if ('get' in dataset) return dataset.get(index);
  throw new ArgumentError('dataset: it gives batches only; for single samples it needs a method `get`');
}
