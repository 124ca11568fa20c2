import { noGrad } from '@gradus/autograd';
import { ArgumentError } from '@gradus/storage';
import { scope, type Tensor, unrecorded } from '@gradus/tensor';
import type { Trainer } from '../trainer.ts';
import { measure } from './measure.ts';
import type { MeasuredBatch, MeasuredStep } from './measured-step.ts';

/**
 * One update of the parameters, from one batch or several, whose gradients add up to those of all their samples as one batch.
 */
export function update<Batch, Outputs>(
  trainer: Trainer<Batch, Outputs>,
  batches: readonly Batch[],
): Omit<MeasuredStep, 'progress'> {
  const { optimizer, scaler, callbacks = [] } = trainer.options;
  optimizer.zeroGrad();
  let first = 0;
  const parts = batches.map((batch) =>
    scope(() => {
      const part = measure(trainer.options, batch);
      const { loss } = part.means;
      if (loss === undefined)
        throw new ArgumentError("loss: what it gives must have a 'loss', to take the gradient of");
      first ||= part.samples;
      const scaled = scaler?.scale(loss) ?? loss;
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
  return { batches: parts, sums: added(parts), extra };
}

function scaleGradients<Batch, Outputs>({ options }: Trainer<Batch, Outputs>, factor: number): void {
  unrecorded(() => {
    for (const parameter of options.model.parameters()) parameter.grad?.mul_(factor);
  });
}

/** The sums over all batches of a step. */
function added([first, ...rest]: readonly MeasuredBatch[]): Readonly<Record<string, Tensor>> {
  const sums = { ...first?.sums };
  for (const part of rest) {
    for (const [name, sum] of Object.entries(part.sums)) {
      noGrad(() => sums[name]?.add_(sum));
      sum.dispose();
    }
  }
  return sums;
}
