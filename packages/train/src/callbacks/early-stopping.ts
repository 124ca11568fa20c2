import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import type { Callback, Measurements, Progress } from '../callback.ts';
import type { Trainer } from '../trainer.ts';

export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** Which validation measurement must improve. Default 'loss'. */
  readonly monitor?: string;
  /** Whether lower or higher values are better. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** Smaller changes are no improvement. Default 0. */
  readonly minDelta?: number;
  /** At the end, gives the model back the numbers that it had after its best epoch. Default false. */
  readonly restoreBest?: boolean;
}

/** Stops training when the validation no longer improves. */
export class EarlyStopping<Batch> implements Callback<Batch> {
  readonly #options: Required<EarlyStoppingOptions>;
  #trainer: Trainer<Batch, unknown> | null = null;
  /** The lowest value so far; for 'max', of the values negated. */
  #best: number = Number.POSITIVE_INFINITY;
  #bestState: ReadonlyMap<string, Tensor> | null = null;
  #waited = 0;

  constructor(options: EarlyStoppingOptions) {
    this.#options = { monitor: 'loss', mode: 'min', minDelta: 0, restoreBest: false, ...options };
  }

  onTrainBegin(trainer: Trainer<Batch, unknown>): void {
    this.#trainer = trainer;
  }

  /** An epoch that isn't validated counts for nothing. */
  onEpochEnd(_: Progress, __: Measurements, validation: Measurements | null): void {
    if (validation === null) return;
    const { monitor, mode, patience, minDelta } = this.#options;
    const value = validation[monitor];
    if (value === undefined) throw new ArgumentError(`EarlyStopping: the validation doesn't measure '${monitor}'`);
    const cost = mode === 'min' ? value : -value;
    const improved = cost < this.#best - minDelta;
    if (improved) {
      this.#best = cost;
      this.#remember();
    }
    this.#waited = improved ? 0 : this.#waited + 1;
    if (this.#waited >= patience) this.#trainer?.stop();
  }

  onTrainEnd(): void {
    if (this.#bestState !== null) this.#trainer?.options.model.loadStateDict(this.#bestState);
    this.#forget();
  }

  #remember(): void {
    if (!this.#options.restoreBest) return;
    this.#forget();
    const state = this.#trainer?.options.model.stateDict() ?? [];
    this.#bestState = new Map(Array.from(state, ([name, value]) => [name, value.detach().clone()]));
  }

  #forget(): void {
    for (const value of this.#bestState?.values() ?? []) value.dispose();
    this.#bestState = null;
  }
}
