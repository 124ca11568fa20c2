import type { CheckpointState } from '@gradus/serialize';
import { nodeModule } from '@gradus/storage';
import type { Callback, Measurements, Progress } from '../callback.ts';
import { saveCheckpoint } from '../checkpoint.ts';
import type { Trainer } from '../trainer.ts';

export interface CheckpointsOptions {
  /** Where a checkpoint goes; a file of that name is replaced. */
  readonly path: string | ((progress: Progress) => string);
  /** Also after every so many steps of an epoch. */
  readonly everySteps?: number;
  /** After every so many epochs. Default 1. */
  readonly everyEpochs?: number;
  /** Only after epochs that are the best so far by this validation measurement. */
  readonly best?: { readonly monitor: string; readonly mode: 'min' | 'max' };
  /** How many files are kept; older ones of this run are removed. Default: all. */
  readonly keep?: number;
  /** What the program wants to know again. */
  readonly extra?: () => Readonly<Record<string, unknown>>;
}

/**
 * Saves checkpoints while training goes on, each of which a run can be resumed from. To be given to the trainer last: what is saved
 * is what the callbacks before it have concluded. In Node.
 */
export class Checkpoints<Batch> implements Callback<Batch> {
  readonly name = 'Checkpoints';
  readonly #options: CheckpointsOptions;
  #saved: readonly string[] = [];
  #trainer: Trainer<Batch, unknown> | null = null;
  #best: number = Number.POSITIVE_INFINITY;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Paths are there only to remove files later: without `keep` the state is the same wherever the files go. */
  stateDict(): CheckpointState {
    return { best: this.#best, saved: this.#options.keep === undefined ? [] : this.#saved };
  }

  loadStateDict(state: CheckpointState): void {
    const { best, saved } = state as { best: number; saved: readonly string[] };
    this.#best = best;
    this.#saved = saved;
  }

  onTrainBegin(trainer: Trainer<Batch, unknown>): void {
    this.#trainer = trainer;
  }

  async onUpdate(progress: Progress): Promise<void> {
    const { everySteps } = this.#options;
    // The last step of an epoch is saved when the epoch is over.
    if (everySteps === undefined || progress.step % everySteps !== 0 || progress.step === progress.steps) return;
    await this.#trainer?.settle();
    await this.#save(progress);
  }

  async onEpochEnd(progress: Progress, _: Measurements, validation: Measurements | null): Promise<void> {
    const { everyEpochs = 1, best } = this.#options;
    if (best === undefined ? progress.epoch % everyEpochs !== 0 : !this.#isBest(best, validation)) return;
    await this.#save(progress);
  }

  #isBest({ monitor, mode }: { monitor: string; mode: 'min' | 'max' }, validation: Measurements | null): boolean {
    const value = validation?.[monitor];
    if (value === undefined) return false;
    const cost = mode === 'min' ? value : -value;
    if (!(cost < this.#best)) return false;
    this.#best = cost;
    return true;
  }

  async #save(progress: Progress): Promise<void> {
    const { path, keep = Number.POSITIVE_INFINITY, extra } = this.#options;
    const file = typeof path === 'string' ? path : path(progress);
    const saved = [...this.#saved.filter((other) => other !== file), file];
    const kept = saved.slice(-keep);
    this.#saved = kept;
    await saveCheckpoint(file, this.#trainer as Trainer<Batch, unknown>, extra?.());
    const { rm } = nodeModule<typeof import('node:fs/promises')>('Checkpoints', 'node:fs/promises');
    for (const old of saved.slice(0, -keep)) await rm(old, { force: true });
  }
}
