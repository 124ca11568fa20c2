import { noGrad } from '@gradus/autograd';
import { scope, type Tensor, unrecorded } from '@gradus/tensor';
import type { Trainer } from '../trainer.ts';
import type { MeasuredStep } from './measured-step.ts';

/** What a batch gives: its loss with the graph behind it, and what was measured. */
interface Forward {
  readonly loss: Tensor;
  readonly samples: number;
  readonly sums: Readonly<Record<string, Tensor>>;
}

export function measure<Batch>({ options }: Trainer<Batch>, batch: Batch): Forward {
  const { forward, loss, metrics = [] } = options;
  const outputs = forward(batch);
  const sums = noGrad(() => metrics.map((metric) => [metric.name, metric.compute(outputs, batch)] as const));
  return { samples: outputs.shape[0] ?? 1, loss: loss(outputs, batch), sums: Object.fromEntries(sums) };
}

/**
 * One update of the parameters, from one batch or several, whose gradients add up to those of all their samples as one batch.
 */
export function update<Batch>(trainer: Trainer<Batch>, batches: readonly Batch[]): Omit<MeasuredStep, 'progress'> {
  const { optimizer, scaler, callbacks = [] } = trainer.options;
  optimizer.zeroGrad();
  let first = 0;
  const parts = batches.map((batch) =>
    scope(() => {
      const part = measure(trainer, batch);
      first ||= part.samples;
      const scaled = scaler?.scale(part.loss) ?? part.loss;
      // As if all batches had the size of the first.
      const share = part.samples / (first * batches.length);
      (share === 1 ? scaled : scaled.mul(share)).backward();
      return part;
    }),
  );
  const extra = scope(() => {
    const samples = parts.reduce((sum, part) => sum + part.samples, 0);
    if (samples !== first * batches.length) scaleGradients(trainer, (first * batches.length) / samples);
    scaler?.unscale_(optimizer);
    const measured = noGrad(() => callbacks.map((callback) => callback.onGradients?.(trainer) ?? {}));
    if (scaler === undefined) optimizer.step();
    else {
      scaler.step(optimizer);
      scaler.update();
    }
    return Object.assign({}, ...measured) as MeasuredStep['extra'];
  });
  return { losses: parts, sums: added(parts), extra };
}

function scaleGradients<Batch>({ options }: Trainer<Batch>, factor: number): void {
  unrecorded(() => {
    for (const parameter of options.model.parameters()) parameter.grad?.mul_(factor);
  });
}

/** The sums over all batches of a step. */
function added([first, ...rest]: readonly Forward[]): Readonly<Record<string, Tensor>> {
  const sums = { ...first?.sums };
  for (const part of rest) {
    for (const [name, sum] of Object.entries(part.sums)) {
      noGrad(() => sums[name]?.add_(sum));
      sum.dispose();
    }
  }
  return sums;
}
