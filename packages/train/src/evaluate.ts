import { noGrad } from '@gradus/autograd';
import { type DataLoader, disposeBatch } from '@gradus/data';
import type { AnyModule } from '@gradus/nn';
import { scope, type Tensor } from '@gradus/tensor';
import { Averages } from './averages.ts';
import type { Measurements } from './callback.ts';
import { measure } from './loop/measure.ts';
import { StepReader } from './loop/step-reader.ts';
import type { Metric } from './metrics/metric.ts';

/** The loss, 0-d, and whatever else is worth measuring beside it: means over the batch, 0-d, the same names in every batch. */
export type Losses = Readonly<Record<string, Tensor>> & { readonly loss: Tensor };

export interface EvaluateOptions<Batch, Outputs = Tensor> {
  readonly model: AnyModule;
  /** The model's outputs for a batch: a tensor, or an object, tuple or list of what `loss` and `metrics` need. */
  forward(batch: Batch): Outputs;
  /** The mean loss of a batch, 0-d; or an object with it and its parts, which are measured by their names. */
  loss?(outputs: Outputs, batch: Batch): Tensor | Losses;
  readonly metrics?: readonly Metric<Batch, Outputs>[];
  /**
   * How many samples a batch has. Default: the size of the first axis of the outputs, or, of several tensors, of the first one that
   * has an axis; where none has, that of the batch.
   */
  samples?(batch: Batch, outputs: Outputs): number;
  /** How many steps are read together. Default: 1 where the backend reads at once, 8 elsewhere. */
  readonly stepsPerRead?: number;
}

/**
 * Measures a model over a data set, in eval mode, without gradients: metrics, the mean loss if there is one, `samplesPerSecond`. Batches
 * are disposed.
 *
 * ```ts
 * await evaluate(loader, {
 *   model,
 *   forward: ({ image }) => model.forward(image),
 *   metrics: [accuracy(({ label }) => label)],
 * })
 * ```
 */
export async function evaluate<Sample, Batch, Outputs = Tensor>(
  loader: DataLoader<Sample, Batch>,
  options: EvaluateOptions<NoInfer<Batch>, Outputs>,
): Promise<Measurements> {
  const { model, metrics = [], stepsPerRead } = options;
  const averages = new Averages(metrics);
  const reader = new StepReader(averages, () => {}, stepsPerRead);
  const progress = { epoch: 0, epochs: 0, step: 0, steps: loader.length };
  const { training } = model;
  model.eval();
  try {
    for await (const batch of loader) {
      const { sums, ...part } = scope(() => noGrad(() => measure(options, batch)));
      disposeBatch(batch);
      await reader.add({ progress, batches: [part], sums, extra: {} });
    }
    await reader.flush();
  } finally {
    model.train(training);
  }
  return averages.measurements();
}
