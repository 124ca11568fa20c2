import type { IterableDataset } from './dataset.ts';

/** Samples that a function makes one after another, from the beginning in each epoch. `length` where it is known. */
export class GeneratorDataset<Sample> implements AsyncIterable<Sample> {
  readonly length?: number;
  readonly #create: () => Iterable<Sample> | AsyncIterable<Sample>;

  constructor(create: () => Iterable<Sample> | AsyncIterable<Sample>, options: { readonly length?: number } = {}) {
    this.#create = create;
    if (options.length !== undefined) this.length = options.length;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Sample> {
    yield* this.#create();
  }

  /** The same, each sample passed through a function. */
  map<To>(change: (sample: Sample) => To | Promise<To>): GeneratorDataset<To> {
    return new GeneratorDataset(() => mapped(this, change), this.length === undefined ? {} : { length: this.length });
  }
}

async function* mapped<From, To>(
  samples: IterableDataset<From>,
  change: (sample: From) => To | Promise<To>,
): AsyncGenerator<To, void, undefined> {
  for await (const sample of samples) yield await change(sample);
}
