import type { Sampler } from './sampler.ts';

/** All samples in their order. */
export class SequentialSampler implements Sampler {
  readonly #source: { readonly length: number };

  constructor(source: { readonly length: number }) {
    this.#source = source;
  }

  get length(): number {
    return this.#source.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}
