import { noGrad } from '@gradus/autograd';
import { ArgumentError } from '@gradus/storage';
import { Tensor } from '@gradus/tensor';
import type { EvaluateOptions, Losses } from '../evaluate.ts';
import type { MeasuredBatch } from './measured-step.ts';

/** Runs the model on a batch. Of what is measured, the loss alone has the graph behind it. */
export function measure<Batch, Outputs>(options: EvaluateOptions<Batch, Outputs>, batch: Batch): MeasuredBatch {
  const { metrics = [] } = options;
  const outputs = options.forward(batch);
  const sums = noGrad(() => metrics.map((metric) => [metric.name, metric.compute(outputs, batch)] as const));
  const means = meansOf(options.loss?.(outputs, batch) ?? {});
  const samples = options.samples?.(batch, outputs) ?? firstAxis(outputs) ?? firstAxis(batch) ?? 1;
  const measured = { samples, means, sums: Object.fromEntries(sums) };
  const twice = Object.keys(means).find((name) => name in measured.sums);
  if (twice !== undefined) throw new ArgumentError(`loss: a metric and a part of the loss are both named '${twice}'`);
  return measured;
}

function meansOf(losses: Tensor | Partial<Losses>): Readonly<Record<string, Tensor>> {
  const named: Readonly<Record<string, Tensor | undefined>> = losses instanceof Tensor ? { loss: losses } : losses;
  const means = Object.entries(named).map(([name, value]) => {
    if (value?.size !== 1) {
      throw new ArgumentError(`loss: '${name}' must be a tensor of one number, got ${describe(value)}`);
    }
    return [name, name === 'loss' ? value : value.detach()] as const;
  });
  return Object.fromEntries(means);
}

function describe(value: unknown): string {
  return value instanceof Tensor ? `shape [${value.shape.join(', ')}]` : String(value);
}

/** The size of the first axis of the first tensor that has one. */
function firstAxis(value: unknown): number | undefined {
  if (value instanceof Tensor) return value.shape[0];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined;
  for (const part of value instanceof Map ? value.values() : Object.values(value)) {
    const size = firstAxis(part);
    if (size !== undefined) return size;
  }
  return undefined;
}
