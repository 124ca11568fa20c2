import type { Tensor } from '@gradus/tensor';
import type { Measurements } from '../callback.ts';

/** A number about predictions, or several, gathered over batches. */
export interface Metric<Batch> {
  readonly name: string;
  /** Sums over the samples of a batch, of any shape but always the same, left on the device. Gradients are off. */
  compute(outputs: Tensor, batch: Batch): Tensor;
  /**
   * What the sums over all samples say, in row-major order; left out: their mean over the samples. Several numbers have names of
   * their own.
   */
  finish?(sums: readonly number[], samples: number): number | Measurements;
}

/** What a metric compares the outputs with. */
export type Target<Batch> = (batch: Batch) => Tensor;
