import type { Tensor } from '@gradus/tensor';
import type { Measurements } from '../callback.ts';

/** A number about predictions, or several, gathered over batches. */
export interface Metric<Batch, Outputs = Tensor> {
  readonly name: string;
  /** Sums over the samples of a batch, of any shape but always the same, left on the device. Gradients are off. */
  compute(outputs: Outputs, batch: Batch): Tensor;
  /**
   * What the sums over all samples say, in row-major order; left out: their mean over the samples. Several numbers have names of
   * their own.
   */
  finish?(sums: readonly number[], samples: number): number | Measurements;
}

/** What a metric compares the outputs with. */
export type Target<Batch> = (batch: Batch) => Tensor;

/**
 * A metric of a part of what a model gives: `metricOf(({ logits }) => logits, accuracy(({ label }) => label))`.
 */
export function metricOf<Batch, Outputs, Part>(
  part: (outputs: Outputs) => Part,
  metric: Metric<Batch, Part>,
): Metric<Batch, Outputs> {
  const { name } = metric;
  const compute = (outputs: Outputs, batch: Batch): Tensor => metric.compute(part(outputs), batch);
  const finish = metric.finish?.bind(metric);
  return finish === undefined ? { name, compute } : { name, compute, finish };
}
