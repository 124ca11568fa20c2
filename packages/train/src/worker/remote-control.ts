import type { Callback, Measurements, Progress } from '../callback.ts';
import type { Trainer } from '../trainer.ts';
import type { SentEvent } from './protocol.ts';

/** Milliseconds between two messages: one per frame of a screen is enough. */
const INTERVAL = 16;

/** A callback that reports to another thread, and lets it pause and stop the trainers that have it. */
export class RemoteControl implements Callback<unknown> {
  readonly #send: (events: readonly SentEvent[]) => void;
  #trainer: Trainer<unknown, unknown> | null = null;
  #events: SentEvent[] = [];
  #lastSent = 0;
  #isPaused = false;
  #isStopped = false;

  constructor(send: (events: readonly SentEvent[]) => void) {
    this.#send = send;
  }

  pause(): void {
    this.#isPaused = true;
    this.#trainer?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#trainer?.resume();
  }

  stop(): void {
    this.#isStopped = true;
    this.#trainer?.stop();
  }

  /** A trainer that begins when all is paused or stopped, is so too. */
  onTrainBegin(trainer: Trainer<unknown, unknown>): void {
    this.#trainer = trainer;
    if (this.#isPaused) trainer.pause();
    if (this.#isStopped) trainer.stop();
    this.#emit({ name: 'begin', detail: null }, true);
  }

  onStepEnd(progress: Progress, epoch: Measurements, step: Measurements): void {
    this.#emit({ name: 'step', detail: { progress, epoch, step } }, false);
  }

  onEpochEnd(progress: Progress, training: Measurements, validation: Measurements | null): void {
    this.#emit({ name: 'epoch', detail: { progress, training, validation } }, true);
  }

  onTrainEnd(): void {
    this.#trainer = null;
    this.#emit({ name: 'end', detail: null }, true);
  }

  #emit(event: SentEvent, atOnce: boolean): void {
    this.#events.push(event);
    const now = performance.now();
    if (!atOnce && now - this.#lastSent < INTERVAL) return;
    this.#lastSent = now;
    this.#send(this.#events);
    this.#events = [];
  }
}
