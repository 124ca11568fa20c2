import { ArgumentError } from '@gradus/storage';
import type { Callback, Measurements, Progress } from '../callback.ts';

export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** Which validation measurement must improve. Default 'loss'. */
  readonly monitor?: string;
  /** Whether lower or higher values are better. Default 'min'. */
  readonly mode?: 'min' | 'max';
}

/** Aborts `controller`, whose signal `fit` was given, when the validation no longer improves. */
export class EarlyStopping<Batch> implements Callback<Batch> {
  readonly #controller: AbortController;
  readonly #options: Required<EarlyStoppingOptions>;
  /** The lowest value so far; for 'max', of the values negated. */
  #best: number = Number.POSITIVE_INFINITY;
  #waited = 0;

  constructor(controller: AbortController, options: EarlyStoppingOptions) {
    this.#controller = controller;
    this.#options = { monitor: 'loss', mode: 'min', ...options };
  }

  onEpochEnd(_: Progress, __: Measurements, validation: Measurements | null): void {
    const { monitor, mode, patience } = this.#options;
    const value = validation?.[monitor];
    if (value === undefined) throw new ArgumentError(`EarlyStopping: the validation doesn't measure '${monitor}'`);
    const cost = mode === 'min' ? value : -value;
    const improved = cost < this.#best;
    if (improved) this.#best = cost;
    this.#waited = improved ? 0 : this.#waited + 1;
    if (this.#waited >= patience) this.#controller.abort();
  }
}
