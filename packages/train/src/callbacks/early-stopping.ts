import type { CheckpointState } from '@gradus/serialize';
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

interface Saved {
  readonly best: number;
  readonly waited: number;
  readonly bestState: ReadonlyMap<string, Tensor> | null;
}

/** Stops training when the validation no longer improves. */
export class EarlyStopping<Batch> implements Callback<Batch> {
  readonly name = 'EarlyStopping';
  readonly #options: Required<EarlyStoppingOptions>;
  #trainer: Trainer<Batch, unknown> | null = null;
  /** The lowest value so far; for 'max', of the values negated. */
  #best: number = Number.POSITIVE_INFINITY;
  #bestState: ReadonlyMap<string, Tensor> | null = null;
  #waited = 0;

  constructor(options: EarlyStoppingOptions) {
    this.#options = { monitor: 'loss', mode: 'min', minDelta: 0, restoreBest: false, ...options };
  }

  stateDict(): CheckpointState {
    return { best: this.#best, waited: this.#waited, bestState: this.#bestState };
  }

  loadStateDict(state: CheckpointState): void {
    const { best, waited, bestState } = state as unknown as Saved;
    this.#best = best;
    this.#waited = waited;
    this.#remember(bestState);
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
      if (this.#options.restoreBest) this.#remember(this.#trainer?.options.model.stateDict() ?? null);
    }
    this.#waited = improved ? 0 : this.#waited + 1;
    if (this.#waited >= patience) this.#trainer?.stop();
  }

  onTrainEnd(): void {
    if (this.#bestState !== null) this.#trainer?.options.model.loadStateDict(this.#bestState);
    this.#remember(null);
  }

  /** Keeps copies of these numbers, and no others. */
  #remember(state: ReadonlyMap<string, Tensor> | null): void {
    for (const value of this.#bestState?.values() ?? []) value.dispose();
    this.#bestState = state && new Map(Array.from(state, ([name, value]) => [name, value.detach().clone()]));
  }
}
