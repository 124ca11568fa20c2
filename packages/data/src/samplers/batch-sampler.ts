import { ArgumentError } from '@gradus/storage';
import type { Generator } from '@gradus/tensor';
import type { Sampler } from './sampler.ts';

/** Batches of indices. */
export interface IndexBatches extends Iterable<readonly number[]> {
  /** Batches per epoch. */
  readonly length: number;
  readonly generator?: Generator | undefined;
  setEpoch?(epoch: number): void;
}

/**
 * The indices of a sampler in batches.
 *
 * @see https://pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler
 */
export class BatchSampler implements IndexBatches {
  readonly sampler: Sampler;
  readonly batchSize: number;
  readonly dropLast: boolean;

  constructor(sampler: Sampler, batchSize: number, dropLast = false) {
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`BatchSampler: batchSize must be a positive integer, got ${batchSize}`);
    }
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    const count = this.sampler.length / this.batchSize;
    return this.dropLast ? Math.floor(count) : Math.ceil(count);
  }

  get generator(): Generator | undefined {
    return this.sampler.generator;
  }

  setEpoch(epoch: number): void {
    this.sampler.setEpoch?.(epoch);
  }

  *[Symbol.iterator](): Iterator<readonly number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}
