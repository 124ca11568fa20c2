import type { Callback, Measurements, Progress } from '../callback.ts';
import { TypedEventTarget } from '../typed-event-target.ts';

/** What is told of a training run: plain data, so that it can cross to another thread. */
export interface TrainingEventMap {
  begin: null;
  step: { readonly progress: Progress; readonly epoch: Measurements; readonly step: Measurements };
  epoch: {
    readonly progress: Progress;
    readonly training: Measurements;
    readonly validation: Measurements | null;
  };
  end: null;
}

/**
 * Training as events, for pages: `begin`, `step`, `epoch` and `end`.
 *
 * ```ts
 * const events = new TrainingEvents()
 * events.addEventListener('step', ({ detail }) => chart.add(detail.step.loss))
 * await new Trainer({ ..., callbacks: [events] }).fit(loader, { epochs: 5 })
 * ```
 */
export class TrainingEvents<Batch> extends TypedEventTarget<TrainingEventMap> implements Callback<Batch> {
  onTrainBegin(): void {
    this.emit('begin', null);
  }

  onStepEnd(progress: Progress, epoch: Measurements, step: Measurements): void {
    this.emit('step', { progress, epoch, step });
  }

  onEpochEnd(progress: Progress, training: Measurements, validation: Measurements | null): void {
    this.emit('epoch', { progress, training, validation });
  }

  onTrainEnd(): void {
    this.emit('end', null);
  }
}
