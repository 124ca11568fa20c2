import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Generator } from '@gradus/tensor';
import { type BatchDataset, type Dataset, type IterableDataset, sampleOf } from '../datasets/dataset.ts';
import { BatchSampler, type IndexBatches } from '../samplers/batch-sampler.ts';
import { RandomSampler } from '../samplers/random-sampler.ts';
import { drawSeed, type Sampler } from '../samplers/sampler.ts';
import { SequentialSampler } from '../samplers/sequential-sampler.ts';
import { collate as defaultCollate } from './collate.ts';
import { ahead, type Task } from './prefetch.ts';
import { yieldToEventLoop } from './yield.ts';

type IndexedDataset<Sample> = Dataset<Sample> | BatchDataset<Sample>;
type AnyDataset<Sample> = IndexedDataset<Sample> | IterableDataset<Sample>;

export interface DataLoaderOptions<Sample, Batch> {
  /** Default 1; null gives the samples one by one, as they are. */
  readonly batchSize?: number | null;
  /** A new order every epoch. */
  readonly shuffle?: boolean;
  /** The order of the samples, instead of `shuffle`. */
  readonly sampler?: Sampler;
  /** The batches themselves, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  readonly batchSampler?: IndexBatches;
  /** Where the order comes from; the default generator if left out, so that `manualSeed` fixes it. */
  readonly generator?: Generator;
  /** Leave out a last batch that isn't full. */
  readonly dropLast?: boolean;
  /** How samples become a batch; default `collate`, or the data set's own `batch`. */
  readonly collate?: (samples: Sample[]) => Batch;
  /**
   * How many batches are loaded while one is used: for data sets that wait, for files or workers. Default: what the data set says
   * itself, else 0.
   */
  readonly prefetch?: number;
}

/** A place within an epoch; plain data, for checkpoints. */
export interface LoaderPosition {
  /** Number of the next batch, from 0. */
  readonly start: number;
  /** The state of the loader's generator when the epoch began. */
  readonly from: Uint8Array;
}

/**
 * Batches of a data set, one epoch per iteration. Between batches the event loop gets its turn, so that a page or server
 * stays responsive. From the same seed, the batches are those of PyTorch.
 *
 * ```ts
 * for await (const { image, label } of new DataLoader(digits, { batchSize: 64, shuffle: true })) ...
 * ```
 *
 * @see https://pytorch.org/docs/stable/data.html
 */
export class DataLoader<Sample, Batch = Sample> implements AsyncIterable<Batch> {
  readonly dataset: AnyDataset<Sample>;
  readonly #options: DataLoaderOptions<Sample, Batch>;
  /** Null for samples that come one after another. */
  readonly #order: IndexBatches | null;
  #position: LoaderPosition | null = null;

  constructor(dataset: AnyDataset<Sample>, options: DataLoaderOptions<NoInfer<Sample>, Batch> = {}) {
    const { batchSize = 1, prefetch = 0 } = options;
    if (batchSize !== null && !(Number.isInteger(batchSize) && batchSize >= 1)) {
      throw new ArgumentError(`DataLoader: batchSize must be a positive integer or null, got ${batchSize}`);
    }
    if (!Number.isInteger(prefetch) || prefetch < 0) {
      throw new ArgumentError(`DataLoader: prefetch must be a whole number of batches, got ${prefetch}`);
    }
    this.dataset = dataset;
    this.#options = options;
    this.#order = isIndexed(dataset) ? orderOf(dataset, options) : null;
    if (this.#order === null) assertNoOrder(options);
    else assertSamples(dataset, options);
  }

  /** Batches per epoch; Infinity for a stream of samples that doesn't know its length. */
  get length(): number {
    if (this.#order !== null) return this.#order.length;
    const { dropLast, batchSize = 1 } = this.#options;
    const count = (this.dataset.length ?? Number.POSITIVE_INFINITY) / (batchSize ?? 1);
    return dropLast === true ? Math.floor(count) : Math.ceil(count);
  }

  /** What the order of an epoch is drawn from. */
  get generator(): Generator {
    return this.#order?.generator ?? this.#options.generator ?? defaultGenerator;
  }

  /** Where the epoch stands that was begun last: `batches` goes on from there. Null before the first epoch. */
  get position(): LoaderPosition | null {
    return this.#position;
  }

  /** The number of the epoch to come, from 0, for samplers whose order depends on it. */
  setEpoch(epoch: number): void {
    this.#order?.setEpoch?.(epoch);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    return this.batches();
  }

  /**
   * One epoch; or, from a `position`, the rest of one that was interrupted. The default generator is then left as it is: to
   * go on to the same numbers, set it to the state that it had when the epoch was interrupted.
   */
  batches(position: LoaderPosition | null = null): AsyncGenerator<Batch, void, undefined> {
    const start = position?.start ?? 0;
    const interrupted = start > 0 ? defaultGenerator.getState() : null;
    if (position !== null) this.generator.setState(position.from);
    const from = this.generator.getState();
    const seed = drawSeed(this.#options.generator);
    const tasks = this.#order === null ? null : this.#tasks(this.#order, seed, start);
    if (interrupted !== null) defaultGenerator.setState(interrupted);
    const batches =
      tasks === null
        ? this.#stream(this.dataset as IterableDataset<Sample>, start)
        : ahead(tasks, this.#options.prefetch ?? (this.dataset as IndexedDataset<Sample>).prefetch ?? 0);
    this.#position = { start, from };
    return this.#run(batches, start, from);
  }

  async *#run(batches: AsyncIterable<Batch>, start: number, from: Uint8Array): AsyncGenerator<Batch, void, undefined> {
    let next = start;
    for await (const batch of batches) {
      this.#position = { start: ++next, from };
      yield batch;
      await yieldToEventLoop();
    }
  }

  /** How to load each batch from `start` on. The indices of those before are drawn at once, and let go. */
  #tasks(order: IndexBatches, seed: number, start: number): Iterator<Task<Batch>> {
    const batches = order[Symbol.iterator]();
    for (let i = 0; i < start; i++) batches.next();
    let number = start;
    return {
      next: () => {
        const { done, value } = batches.next();
        if (done === true) return { done, value: undefined };
        const batchSeed = seed + number++;
        return { value: () => this.#load(value as readonly number[], batchSeed) };
      },
    };
  }

  async #load(indices: readonly number[], seed: number): Promise<Batch> {
    const dataset = this.dataset as IndexedDataset<Sample>;
    const { batchSize, collate } = this.#options;
    if (batchSize === null) return (await sampleOf(dataset, indices[0] as number)) as unknown as Batch;
    if (dataset.batch !== undefined && collate === undefined) {
      return (await dataset.batch(Int32Array.from(indices), seed)) as unknown as Batch;
    }
    const samples: Sample[] = [];
    for (const index of indices) samples.push(await sampleOf(dataset, index));
    return this.#collate(samples);
  }

  #collate(samples: Sample[]): Batch {
    return (this.#options.collate ?? (defaultCollate as (samples: Sample[]) => Batch))(samples);
  }

  async *#stream(samples: IterableDataset<Sample>, start: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize = 1, dropLast } = this.#options;
    let skip = start * (batchSize ?? 1);
    let collected: Sample[] = [];
    for await (const sample of samples) {
      if (skip-- > 0) continue;
      if (batchSize === null) {
        yield sample as unknown as Batch;
        continue;
      }
      collected.push(sample);
      if (collected.length < batchSize) continue;
      yield this.#collate(collected);
      collected = [];
    }
    if (collected.length > 0 && dropLast !== true) yield this.#collate(collected);
  }
}

function isIndexed<Sample>(dataset: AnyDataset<Sample>): dataset is IndexedDataset<Sample> {
  return 'get' in dataset || 'batch' in dataset;
}

function orderOf(dataset: { readonly length: number }, options: DataLoaderOptions<never, unknown>): IndexBatches {
  const { batchSampler, sampler, shuffle, generator, batchSize = 1, dropLast = false } = options;
  if (sampler !== undefined && shuffle === true) {
    throw new ArgumentError('DataLoader: a sampler sets the order itself; leave out `shuffle`');
  }
  if (batchSampler === undefined) {
    const random = (): Sampler => new RandomSampler(dataset, generator === undefined ? {} : { generator });
    const order = sampler ?? (shuffle === true ? random() : new SequentialSampler(dataset));
    return new BatchSampler(order, batchSize ?? 1, dropLast);
  }
  const others = ['batchSize', 'shuffle', 'sampler', 'dropLast'] as const;
  const given = others.filter((name) => options[name] !== undefined);
  if (given.length > 0) throw new ArgumentError(`DataLoader: a batchSampler replaces ${given.join(', ')}`);
  return batchSampler;
}

/** Single samples, or a `collate` of them, are not to be had from every data set. */
function assertSamples(dataset: object, { batchSize, collate }: DataLoaderOptions<never, unknown>): void {
  if ('get' in dataset || (batchSize !== null && collate === undefined)) return;
  const option = batchSize === null ? 'batchSize null' : 'collate';
  throw new ArgumentError(`DataLoader: ${option} needs single samples, but the data set has no method \`get\``);
}

function assertNoOrder(options: DataLoaderOptions<never, unknown>): void {
  const given = (['shuffle', 'sampler', 'batchSampler'] as const).filter((name) => options[name] !== undefined);
  if (given.length === 0) return;
  throw new ArgumentError(
    `DataLoader: samples that come one after another have their own order; leave out ${given[0]}`,
  );
}
