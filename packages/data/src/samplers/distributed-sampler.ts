import { ArgumentError } from '@gradus/storage';
import { Generator, permutation } from '@gradus/tensor';
import type { Sampler } from './sampler.ts';

export interface DistributedSamplerOptions {
  /** How many processes share the data. */
  readonly replicas: number;
  /** Which of them this is, from 0. */
  readonly rank: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** The same in every process. Default 0. */
  readonly seed?: number;
  /** Leave out the last samples that don't divide evenly, where otherwise some come twice. Default false. */
  readonly dropLast?: boolean;
}

/**
 * One process' share of the samples: every `replicas`-th, in an order that all processes agree on. `setEpoch` gives each
 * epoch another order.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
 */
export class DistributedSampler implements Sampler {
  readonly #source: { readonly length: number };
  readonly #options: Required<DistributedSamplerOptions>;
  #epoch = 0;

  constructor(source: { readonly length: number }, options: DistributedSamplerOptions) {
    const { replicas, rank } = options;
    if (!Number.isInteger(replicas) || replicas < 1 || !Number.isInteger(rank) || rank < 0 || rank >= replicas) {
      throw new ArgumentError(
        `DistributedSampler: rank must be a whole number below replicas, got ${rank} of ${replicas}`,
      );
    }
    this.#source = source;
    this.#options = { shuffle: true, seed: 0, dropLast: false, ...options };
  }

  get length(): number {
    const share = this.#source.length / this.#options.replicas;
    return this.#options.dropLast ? Math.floor(share) : Math.ceil(share);
  }

  setEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  *[Symbol.iterator](): Iterator<number> {
    const { replicas, rank } = this.#options;
    const order = this.#order();
    // Where there are too few samples for all, the order begins again.
    for (let i = 0; i < this.length; i++) yield order[(rank + i * replicas) % order.length] as number;
  }

  #order(): Int32Array {
    const { length } = this.#source;
    const { shuffle, seed } = this.#options;
    if (!shuffle) return Int32Array.from({ length }, (_, i) => i);
    return permutation(new Generator().manualSeed(seed + this.#epoch), length);
  }
}
