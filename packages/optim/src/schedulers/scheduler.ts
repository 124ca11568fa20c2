import type { AnyOptimizer } from '../optimizer.ts';

/** What a scheduler needs to go on later. */
export interface SchedulerState {
  readonly lastEpoch: number;
  readonly baseLrs: readonly number[];
}

/**
 * Base of all learning-rate schedulers: `step()` after the optimizer's steps of an epoch (or after each) sets every
 * group's `lr`.
 *
 * @see https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
export abstract class LRScheduler {
  protected readonly optimizer: AnyOptimizer;
  /** How often `step` was called. */
  lastEpoch = 0;
  /** Each group's learning rate before any scheduling. */
  protected baseLrs: readonly number[];

  constructor(optimizer: AnyOptimizer) {
    this.optimizer = optimizer;
    for (const group of this.optimizer.paramGroups) group.initialLr ??= group.lr;
    this.baseLrs = this.optimizer.paramGroups.map((group) => group.initialLr as number);
  }

  step(): void {
    this.lastEpoch++;
    this.optimizer.paramGroups.forEach((group, i) => {
      group.lr = this.nextLr(group.lr, this.baseLrs[i] as number);
    });
  }

  /** The learning rates in force, one per group. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr);
  }

  stateDict(): SchedulerState {
    return { lastEpoch: this.lastEpoch, baseLrs: this.baseLrs };
  }

  loadStateDict(state: SchedulerState): void {
    this.lastEpoch = state.lastEpoch;
    this.baseLrs = state.baseLrs;
  }

  /** A group's rate for `lastEpoch`, from the one before it. */
  protected abstract nextLr(lr: number, baseLr: number): number;
}
