import { ArgumentError } from '@gradus/storage';
import { defaultGenerator, type Generator, permutation } from '@gradus/tensor';
import { type Sampler, seededGenerator } from './sampler.ts';

export interface RandomSamplerOptions {
  /** Whether an index can come again before all others came. Default false. */
  readonly replacement?: boolean;
  /** Indices per epoch; default: as many as there are samples. */
  readonly count?: number;
  /** Drawn from directly; left out, an epoch has a generator of its own, whose seed the default generator draws. */
  readonly generator?: Generator;
}

/** PyTorch draws so many indices at once, if they may repeat. */
const CHUNK = 32;

/**
 * Samples in random order, that of PyTorch for the same seed.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler
 */
export class RandomSampler implements Sampler {
  readonly generator: Generator | undefined;
  readonly #source: { readonly length: number };
  readonly #options: RandomSamplerOptions;

  constructor(source: { readonly length: number }, options: RandomSamplerOptions = {}) {
    if (options.count !== undefined) assertCount('RandomSampler', options.count);
    this.#source = source;
    this.#options = options;
    this.generator = options.generator;
  }

  get length(): number {
    return this.#options.count ?? this.#source.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    const generator = this.generator ?? seededGenerator();
    const samples = this.#source.length;
    if (this.#options.replacement === true) yield* this.#withReplacement(generator, samples);
    else yield* this.#withoutReplacement(generator, samples);
  }

  *#withReplacement(generator: Generator, samples: number): Iterable<number> {
    for (let left = this.length; left > 0; left -= CHUNK) {
      const chunk = Array.from({ length: Math.min(left, CHUNK) }, () => generator.random32() % samples);
      yield* chunk;
    }
  }

  /** Even where nothing is left over, PyTorch draws a last order: the next epoch of the same generator shows it. */
  *#withoutReplacement(generator: Generator, samples: number): Iterable<number> {
    if (samples === 0) return;
    for (let left = this.length; left >= samples; left -= samples) yield* permutation(generator, samples);
    yield* permutation(generator, samples).subarray(0, this.length % samples);
  }
}

/**
 * Some samples in random order.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler
 */
export class SubsetRandomSampler implements Sampler {
  readonly generator: Generator | undefined;
  readonly #indices: readonly number[];

  constructor(indices: Iterable<number>, options: { readonly generator?: Generator } = {}) {
    this.#indices = [...indices];
    this.generator = options.generator;
  }

  get length(): number {
    return this.#indices.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const position of permutation(this.generator ?? defaultGenerator, this.length)) {
      yield this.#indices[position] as number;
    }
  }
}

export function assertCount(sampler: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`${sampler}: count must be a positive integer, got ${count}`);
  }
}
