import type { Dataset } from './dataset.ts';

/** A data set whose samples pass through a function, each time they are asked for. */
export class MapDataset<From, To> implements Dataset<To> {
  readonly dataset: Dataset<From>;
  readonly #change: (sample: From, index: number) => To | Promise<To>;

  constructor(dataset: Dataset<From>, change: (sample: From, index: number) => To | Promise<To>) {
    this.dataset = dataset;
    this.#change = change;
  }

  get length(): number {
    return this.dataset.length;
  }

  get(index: number): To | Promise<To> {
    const sample = this.dataset.get(index);
    if (sample instanceof Promise) return sample.then((value) => this.#change(value, index));
    return this.#change(sample, index);
  }
}
