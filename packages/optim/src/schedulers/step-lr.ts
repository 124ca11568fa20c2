import type { Scheduled } from '../optimizer.ts';
import { countUpTo, LRScheduler, type SchedulerOptions } from './scheduler.ts';

export interface GammaOptions extends SchedulerOptions {
  /** The factor of each decay; 0.1 if left out. */
  readonly gamma?: number;
}

/**
 * Multiplies the learning rate by `gamma` every `stepSize` epochs.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 */
export class StepLR extends LRScheduler {
  protected readonly stepSize: number;
  protected readonly gamma: number;

  constructor(optimizer: Scheduled, stepSize: number, options: GammaOptions = {}) {
    super(optimizer, options);
    this.stepSize = stepSize;
    this.gamma = options.gamma ?? 0.1;
    this.begin();
  }

  protected override nextLr(lr: number): number {
    return this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0 ? lr : lr * this.gamma;
  }

  protected override closedLr(baseLr: number): number {
    return baseLr * this.gamma ** Math.floor(this.lastEpoch / this.stepSize);
  }
}

/**
 * Multiplies the learning rate by `gamma` at each of the milestones (epochs), as often as it is listed.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 */
export class MultiStepLR extends LRScheduler {
  protected readonly milestones: readonly number[];
  protected readonly gamma: number;

  constructor(optimizer: Scheduled, milestones: readonly number[], options: GammaOptions = {}) {
    super(optimizer, options);
    this.milestones = milestones.toSorted((a, b) => a - b);
    this.gamma = options.gamma ?? 0.1;
    this.begin();
  }

  protected override nextLr(lr: number): number {
    return lr * this.gamma ** this.milestones.filter((milestone) => milestone === this.lastEpoch).length;
  }

  protected override closedLr(baseLr: number): number {
    return baseLr * this.gamma ** countUpTo(this.milestones, this.lastEpoch);
  }
}

/**
 * Multiplies the learning rate by `gamma` every epoch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 */
export class ExponentialLR extends LRScheduler {
  protected readonly gamma: number;

  constructor(optimizer: Scheduled, gamma: number, options: SchedulerOptions = {}) {
    super(optimizer, options);
    this.gamma = gamma;
    this.begin();
  }

  protected override nextLr(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.gamma;
  }

  protected override closedLr(baseLr: number): number {
    return baseLr * this.gamma ** this.lastEpoch;
  }
}
