import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { camelCase, renamed, snakeCase } from '../names.ts';
import type { Scheduled } from '../optimizer.ts';
import { rateOf, withRate } from './rate.ts';
import { perGroup, type SchedulerState } from './scheduler.ts';

export interface PlateauOptions {
  /** Whether a metric is better when it is smaller (default) or larger. */
  readonly mode?: 'min' | 'max';
  /** What the learning rate is multiplied by; 0.1 if left out. */
  readonly factor?: number;
  /** How many epochs without improvement are borne; 10 if left out. */
  readonly patience?: number;
  /** By how much a metric has to be better to count; 1e-4 if left out. */
  readonly threshold?: number;
  /** Whether the threshold is a part of the best metric (default) or a number in its units. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Epochs to wait after a reduction; 0 if left out. */
  readonly cooldown?: number;
  /** Lowest learning rate, for all groups or for each; 0 if left out. */
  readonly minLr?: number | readonly number[];
  /** Smaller changes of the rate are left out; 1e-8 if left out. */
  readonly eps?: number;
}

/**
 * Reduces the learning rate when a metric has stopped getting better.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 */
export class ReduceLROnPlateau {
  readonly optimizer: Scheduled;
  lastEpoch = 0;
  /** The best metric so far. */
  best: number;
  protected numBadEpochs = 0;
  protected cooldownCounter = 0;
  protected readonly mode: 'min' | 'max';
  protected readonly factor: number;
  protected readonly patience: number;
  protected readonly threshold: number;
  protected readonly thresholdMode: 'rel' | 'abs';
  protected readonly cooldown: number;
  protected readonly minLrs: readonly number[];
  protected readonly eps: number;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = 'rel' } = options;
    if (!(factor < 1)) throw new ArgumentError(`ReduceLROnPlateau: factor must be below 1, got ${factor}`);
    assertWord('mode', mode, ['min', 'max']);
    assertWord('thresholdMode', thresholdMode, ['rel', 'abs']);
    this.optimizer = optimizer;
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.cooldown = options.cooldown ?? 0;
    this.minLrs = perGroup('ReduceLROnPlateau', optimizer, options.minLr ?? 0);
    this.eps = options.eps ?? 1e-8;
    this.best = mode === 'min' ? Infinity : -Infinity;
  }

  /** Takes the epoch's metric: a number (`await loss.item()`), or a tensor of one, where the backend reads synchronously. */
  step(metric: number | Tensor): void {
    const current = rateOf(metric);
    this.lastEpoch++;
    if (this.#isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs <= this.patience) return;
    this.#reduce();
    this.cooldownCounter = this.cooldown;
    this.numBadEpochs = 0;
  }

  /** The learning rates in force, one per group. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => rateOf(group.lr));
  }

  stateDict(): SchedulerState {
    const { optimizer: _, ...fields } = { ...this };
    return { ...renamed(fields, snakeCase), _last_lr: this.getLastLr() };
  }

  loadStateDict({ _last_lr, ...fields }: SchedulerState): void {
    Object.assign(this, renamed(fields, camelCase));
  }

  #isBetter(metric: number): boolean {
    const { best, threshold } = this;
    const isRelative = this.thresholdMode === 'rel';
    if (this.mode === 'min') return metric < (isRelative ? best * (1 - threshold) : best - threshold);
    return metric > (isRelative ? best * (1 + threshold) : best + threshold);
  }

  #reduce(): void {
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const old = rateOf(group.lr);
      const reduced = Math.max(old * this.factor, this.minLrs[i] as number);
      if (old - reduced > this.eps) group.lr = withRate(group.lr, reduced);
    }
  }
}

function assertWord(option: string, given: string, words: readonly string[]): void {
  if (!words.includes(given)) {
    throw new ArgumentError(`ReduceLROnPlateau: ${option} must be '${words.join("' or '")}', got '${given}'`);
  }
}
