import type { CheckpointState } from '@gradus/serialize';
import type { Tensor } from '@gradus/tensor';
import type { Trainer } from './trainer.ts';

/** Where a training run is. */
export interface Progress {
  /** The epoch in progress, or the one that just ended; from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. A step is one update of the parameters, from one batch or several. */
  readonly step: number;
  /** Steps per epoch; Infinity for a stream of unknown length. */
  readonly steps: number;
}

/** Numbers by name: `loss` and its parts, the metrics, what callbacks measure; over an epoch so far, also `samplesPerSecond`. */
export type Measurements = Readonly<Record<string, number>>;

/**
 * What happens beside training. Methods may be async, and training waits for them, unless they say otherwise. Several
 * callbacks are called in the order in which the trainer was given them.
 */
export interface Callback<Batch> {
  /** What its state is called in checkpoints; callbacks without one have none there. Those of one name are told apart by their order. */
  readonly name?: string;
  /** What it needs to go on after an interruption. Its tensors stay the callback's own. */
  stateDict?(): CheckpointState;
  /** Takes such a state over; its tensors have to be cloned. */
  loadStateDict?(state: CheckpointState): void;
  onTrainBegin?(trainer: Trainer<Batch, unknown>): void | Promise<void>;
  onEpochBegin?(progress: Progress): void | Promise<void>;
  /**
   * Synchronously, when the gradients of a step are there and the parameters not updated yet: to look at gradients, or to change
   * them. What is returned (0-d tensors, left on the device, or numbers) is measured along with the loss.
   */
  onGradients?(trainer: Trainer<Batch, unknown>): Readonly<Record<string, Tensor | number>> | undefined;
  /** Right after every step, when its numbers may not be read yet. */
  onUpdate?(progress: Progress): void | Promise<void>;
  /**
   * For every step, in order, once its numbers are read: at once where reading costs nothing, some steps later where a device
   * would have to wait for it. Measured over the epoch so far, and over the step alone: its loss, with parts, and what `onGradients` gave.
   */
  onStepEnd?(progress: Progress, epoch: Measurements, step: Measurements): void | Promise<void>;
  /** `validation` is there if this epoch has one. Not called for an epoch that is interrupted. */
  onEpochEnd?(progress: Progress, training: Measurements, validation: Measurements | null): void | Promise<void>;
  /** However training ended: done, stopped, or with an error. */
  onTrainEnd?(): void | Promise<void>;
}
