import { GradusError } from '@gradus/storage';
import type { Callback, Measurements, Progress } from '../callback.ts';

/** A loss or another measurement became infinite or NaN. */
export class NonFiniteError extends GradusError {
  override readonly name: string = 'NonFiniteError';
  readonly progress: Progress;

  constructor(message: string, progress: Progress) {
    super(message);
    this.progress = progress;
  }
}

/**
 * Ends training with a NonFiniteError when the loss, or another number that is measured in a step, is infinite or NaN. On a device
 * whose numbers come late, so does the error: what was updated meanwhile is lost, a checkpoint is not. To leave out such updates and
 * go on, train with a `GradScaler` as the trainer's `scaler`.
 */
export class NanGuard<Batch> implements Callback<Batch> {
  onStepEnd(progress: Progress, _: Measurements, step: Measurements): void {
    const bad = Object.entries(step).find(([, value]) => !Number.isFinite(value));
    if (bad === undefined) return;
    const [name, value] = bad;
    throw new NonFiniteError(
      `NanGuard: ${name} is ${value} in step ${progress.step} of epoch ${progress.epoch}; ` +
        'try a lower learning rate, clip gradients, or look for log(0), 0/0 and overflow with detectAnomaly',
      progress,
    );
  }
}
