import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Generator, permutation } from '@gradus/tensor';
import { collate as defaultCollate } from './collate.ts';
import type { Dataset } from './dataset.ts';
import { yieldToEventLoop } from './yield.ts';

export interface DataLoaderOptions<Sample, Batch> {
  /** Default 1. */
  readonly batchSize?: number;
  /** A new order every epoch. */
  readonly shuffle?: boolean;
  /** Where the order comes from; the default generator if left out, so that `manualSeed` fixes it. */
  readonly generator?: Generator;
  /** Leave out a last batch that isn't full. */
  readonly dropLast?: boolean;
  /** How samples become a batch; default `collate`, or the data set's own `batch`. */
  readonly collate?: (samples: Sample[]) => Batch;
}

/** Where `batches` begins. */
export interface BatchesOptions {
  /** Number of the first batch, from 0. */
  readonly start?: number;
  /** An order of the epoch's samples that was drawn before. */
  readonly order?: Int32Array;
}

/**
 * Batches of a data set, one epoch per iteration. Between batches the event loop gets its turn, so that a page or server
 * stays responsive.
 *
 * ```ts
 * for await (const { image, label } of new DataLoader(digits, { batchSize: 64, shuffle: true })) ...
 * ```
 *
 * @see https://pytorch.org/docs/stable/data.html
 */
export class DataLoader<Sample, Batch = Sample> implements AsyncIterable<Batch> {
  readonly dataset: Dataset<Sample>;
  readonly batchSize: number;
  readonly generator: Generator;
  readonly #options: DataLoaderOptions<Sample, Batch>;

  constructor(dataset: Dataset<Sample>, options: DataLoaderOptions<Sample, Batch> = {}) {
    const { batchSize = 1, generator = defaultGenerator } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`DataLoader: batchSize must be a positive integer, got ${batchSize}`);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.generator = generator;
    this.#options = options;
  }

  /** Batches per epoch. */
  get length(): number {
    const count = this.dataset.length / this.batchSize;
    return this.#options.dropLast === true ? Math.floor(count) : Math.ceil(count);
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.batches();
  }

  /** The indices of the samples in the order of a new epoch; drawn from the generator if they are shuffled. */
  order(): Int32Array {
    const { length } = this.dataset;
    if (this.#options.shuffle === true) return permutation(this.generator, length);
    return Int32Array.from({ length }, (_, i) => i);
  }

  /** One epoch, or the rest of one: from batch `start` on, in the `order` that its beginning had. */
  async *batches({ start = 0, order = this.order() }: BatchesOptions = {}): AsyncGenerator<Batch, void, undefined> {
    for (let i = start; i < this.length; i++) {
      yield await this.#batch(order.subarray(i * this.batchSize, (i + 1) * this.batchSize));
      await yieldToEventLoop();
    }
  }

  async #batch(indices: Int32Array): Promise<Batch> {
    const { dataset } = this;
    const { collate = defaultCollate as (samples: Sample[]) => Batch } = this.#options;
    if (dataset.batch !== undefined && this.#options.collate === undefined) {
      return (await dataset.batch(indices)) as unknown as Batch;
    }
    const samples: Sample[] = [];
    for (const index of indices) samples.push(await dataset.get(index));
    return collate(samples);
  }
}
