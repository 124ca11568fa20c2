import type { Scheduled } from '../optimizer.ts';
import { LRScheduler, perGroup, type SchedulerOptions } from './scheduler.ts';

export interface SWALROptions extends SchedulerOptions {
  /** How many epochs it takes; 10 if left out. */
  readonly annealEpochs?: number;
  readonly annealStrategy?: 'cos' | 'linear';
}

/**
 * From the learning rate in force to a constant one, at which averaging of weights is done (Izmailov et al. 2018).
 *
 * @see https://pytorch.org/docs/stable/optim.html#swa-learning-rate-schedules
 */
export class SWALR extends LRScheduler {
  protected readonly swaLrs: readonly number[];
  protected readonly annealEpochs: number;
  protected readonly annealStrategy: 'cos' | 'linear';

  constructor(optimizer: Scheduled, swaLr: number | readonly number[], options: SWALROptions = {}) {
    super(optimizer, options);
    this.swaLrs = perGroup('SWALR', optimizer, swaLr);
    this.annealEpochs = options.annealEpochs ?? 10;
    this.annealStrategy = options.annealStrategy ?? 'cos';
    this.begin();
  }

  protected override nextLr(lr: number, _: number, group: number): number {
    const target = this.swaLrs[group] as number;
    const step = Math.max(this.stepCount - 1, this.annealEpochs === 0 ? 1 : 0);
    const before = this.#part(step - 1);
    // Where the rate came from, as the last step tells.
    const start = before === 1 ? target : (lr - before * target) / (1 - before);
    const part = this.#part(step);
    return target * part + start * (1 - part);
  }

  #part(step: number): number {
    const t = Math.max(0, Math.min(1, step / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === 'cos' ? (1 - Math.cos(Math.PI * t)) / 2 : t;
  }
}
