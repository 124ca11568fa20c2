import type { Scheduled } from '../optimizer.ts';
import { LRScheduler, perGroup, type SchedulerOptions } from './scheduler.ts';

/** A factor by the epoch. */
export type LRFactor = (epoch: number) => number;

/**
 * The initial learning rate times a function of the epoch: one for all groups, or one for each. Functions are no part of the
 * state.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 */
export class LambdaLR extends LRScheduler {
  protected readonly lambdas: readonly LRFactor[];

  constructor(optimizer: Scheduled, lambda: LRFactor | readonly LRFactor[], options: SchedulerOptions = {}) {
    super(optimizer, options);
    this.lambdas = perGroup('LambdaLR', optimizer, lambda);
    this.begin();
  }

  protected override nextLr(_: number, baseLr: number, group: number): number {
    return baseLr * (this.lambdas[group] as LRFactor)(this.lastEpoch);
  }
}

/**
 * The learning rate before times a function of the epoch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
 */
export class MultiplicativeLR extends LRScheduler {
  protected readonly lambdas: readonly LRFactor[];

  constructor(optimizer: Scheduled, lambda: LRFactor | readonly LRFactor[], options: SchedulerOptions = {}) {
    super(optimizer, options);
    this.lambdas = perGroup('MultiplicativeLR', optimizer, lambda);
    this.begin();
  }

  protected override nextLr(lr: number, _: number, group: number): number {
    return this.lastEpoch > 0 ? lr * (this.lambdas[group] as LRFactor)(this.lastEpoch) : lr;
  }
}
