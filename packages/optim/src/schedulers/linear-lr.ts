import { ArgumentError } from '@gradus/storage';
import type { Scheduled } from '../optimizer.ts';
import { LRScheduler, type SchedulerOptions } from './scheduler.ts';

export interface ConstantLROptions extends SchedulerOptions {
  /** What the learning rate is multiplied by at first; 1/3 if left out. */
  readonly factor?: number;
  /** How many epochs that lasts; 5 if left out. */
  readonly totalIters?: number;
}

/**
 * The learning rate times a factor for some epochs, and then as it was.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
 */
export class ConstantLR extends LRScheduler {
  protected readonly factor: number;
  protected readonly totalIters: number;

  constructor(optimizer: Scheduled, options: ConstantLROptions = {}) {
    super(optimizer, options);
    this.factor = options.factor ?? 1 / 3;
    this.totalIters = options.totalIters ?? 5;
    assertFraction('ConstantLR', 'factor', this.factor);
    this.begin();
  }

  protected override nextLr(lr: number): number {
    if (this.lastEpoch === 0) return lr * this.factor;
    return this.lastEpoch === this.totalIters ? lr * (1 / this.factor) : lr;
  }

  protected override closedLr(baseLr: number): number {
    return baseLr * (this.factor + Number(this.lastEpoch >= this.totalIters) * (1 - this.factor));
  }
}

export interface LinearLROptions extends SchedulerOptions {
  /** What the learning rate is multiplied by at first; 1/3 if left out. */
  readonly startFactor?: number;
  /** What it is multiplied by in the end; 1 if left out. */
  readonly endFactor?: number;
  /** How many epochs it takes; 5 if left out. */
  readonly totalIters?: number;
}

/**
 * The learning rate times a factor that goes along a line: the usual warm-up.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 */
export class LinearLR extends LRScheduler {
  protected readonly startFactor: number;
  protected readonly endFactor: number;
  protected readonly totalIters: number;

  constructor(optimizer: Scheduled, options: LinearLROptions = {}) {
    super(optimizer, options);
    this.startFactor = options.startFactor ?? 1 / 3;
    this.endFactor = options.endFactor ?? 1;
    this.totalIters = options.totalIters ?? 5;
    assertFraction('LinearLR', 'startFactor', this.startFactor);
    assertFraction('LinearLR', 'endFactor', this.endFactor);
    this.begin();
  }

  protected override nextLr(lr: number): number {
    if (this.lastEpoch === 0) return lr * this.startFactor;
    if (this.lastEpoch > this.totalIters) return lr;
    const rise = this.endFactor - this.startFactor;
    return lr * (1 + rise / (this.totalIters * this.startFactor + (this.lastEpoch - 1) * rise));
  }

  protected override closedLr(baseLr: number): number {
    const rise = this.endFactor - this.startFactor;
    return baseLr * (this.startFactor + (rise * Math.min(this.totalIters, this.lastEpoch)) / this.totalIters);
  }
}

function assertFraction(name: string, option: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(`${name}: ${option} must be in [0, 1], got ${value}`);
}

export interface PolynomialLROptions extends SchedulerOptions {
  /** How many epochs it takes; 5 if left out. */
  readonly totalIters?: number;
  /** The power of what is left of the epochs; 1 if left out. */
  readonly power?: number;
}

/**
 * Down to 0 along a power of the epochs that are left.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
 */
export class PolynomialLR extends LRScheduler {
  protected readonly totalIters: number;
  protected readonly power: number;

  constructor(optimizer: Scheduled, options: PolynomialLROptions = {}) {
    super(optimizer, options);
    this.totalIters = options.totalIters ?? 5;
    this.power = options.power ?? 1;
    this.begin();
  }

  protected override nextLr(lr: number): number {
    if (this.lastEpoch === 0 || this.lastEpoch > this.totalIters) return lr;
    const left = (epoch: number): number => 1 - epoch / this.totalIters;
    return lr * (left(this.lastEpoch) / left(this.lastEpoch - 1)) ** this.power;
  }

  protected override closedLr(baseLr: number): number {
    return baseLr * (1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters) ** this.power;
  }
}
