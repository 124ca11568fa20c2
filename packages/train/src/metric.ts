import { argmax, eq, sum, type Tensor } from '@gradus/tensor';

/** A number about predictions, averaged over samples. */
export interface Metric<Batch> {
  readonly name: string;
  /** The sum of the metric over the samples of a batch, 0-d, left on the device. Gradients are off. */
  compute(outputs: Tensor, batch: Batch): Tensor;
}

/** The share of samples whose largest score, of outputs [N, C], is that of the target class. */
export function accuracy<Batch>(target: (batch: Batch) => Tensor): Metric<Batch> {
  return { name: 'accuracy', compute: (outputs, batch) => sum(eq(argmax(outputs, { dim: 1 }), target(batch))) };
}
