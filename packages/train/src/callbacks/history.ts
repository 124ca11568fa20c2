import type { Callback, Measurements, Progress } from '../callback.ts';

/** Remembers the loss of every step, and the measurements of every epoch. */
export class History<Batch> implements Callback<Batch> {
  /** Mean over each step's batch. */
  readonly losses: number[] = [];
  readonly epochs: { readonly training: Measurements; readonly validation: Measurements | null }[] = [];

  onStepEnd(_: Progress, __: Measurements, { loss }: Measurements): void {
    this.losses.push(loss as number);
  }

  onEpochEnd(_: Progress, training: Measurements, validation: Measurements | null): void {
    this.epochs.push({ training, validation });
  }
}
