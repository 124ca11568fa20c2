import type { Trainer } from './trainer.ts';

/** Where a training run is. */
export interface Progress {
  /** The epoch in progress, or the one that just ended; from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Batches done in this epoch. */
  readonly step: number;
  /** Batches per epoch. */
  readonly steps: number;
}

/** Means over samples: `loss` and the metrics; over an epoch so far, also `samplesPerSecond`. */
export type Measurements = Readonly<Record<string, number>>;

/**
 * What happens beside training. Every method may be async; training waits for it. Several callbacks are called in the
 * order in which the trainer was given them.
 */
export interface Callback<Batch> {
  onTrainBegin?(trainer: Trainer<Batch>): void | Promise<void>;
  onEpochBegin?(progress: Progress): void | Promise<void>;
  /** Measured over the epoch so far, and over the last batch alone. */
  onStepEnd?(progress: Progress, epoch: Measurements, batch: Measurements): void | Promise<void>;
  /** `validation` is there if the run has validation data. Not called for an epoch that is interrupted. */
  onEpochEnd?(progress: Progress, training: Measurements, validation: Measurements | null): void | Promise<void>;
  /** However training ended: done, interrupted, or with an error. */
  onTrainEnd?(): void | Promise<void>;
}
