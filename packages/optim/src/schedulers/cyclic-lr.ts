import { ArgumentError } from '@gradus/storage';
import type { Scheduled } from '../optimizer.ts';
import { assertMomentum, setMomentum } from './momentum.ts';
import { withRate } from './rate.ts';
import { LRScheduler, perGroup, type SchedulerOptions } from './scheduler.ts';

export interface CyclicLROptions extends SchedulerOptions {
  /** Steps of the rise; 2000 if left out. */
  readonly stepSizeUp?: number;
  /** Steps of the fall; as many as of the rise if left out. */
  readonly stepSizeDown?: number;
  /**
   * 'triangular' (default) keeps the height of the cycles, 'triangular2' halves it from one to the next, 'exp_range' multiplies it
   * by `gamma` every step.
   */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range';
  readonly gamma?: number;
  /** A height of one's own, in place of the mode's. */
  readonly scaleFn?: (x: number) => number;
  /** What `scaleFn` is given: the number of the cycle (default), or of the step. */
  readonly scaleMode?: 'cycle' | 'iterations';
  /** Let the momentum fall as the rate rises; true if left out. */
  readonly cycleMomentum?: boolean;
  /** The lowest momentum; 0.8 if left out. One for all groups, or one for each. */
  readonly baseMomentum?: number | readonly number[];
  /** The highest momentum; 0.9 if left out. */
  readonly maxMomentum?: number | readonly number[];
}

/**
 * The learning rate goes up and down between two bounds (Smith 2017); called after every batch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html
 */
export class CyclicLR extends LRScheduler {
  protected readonly maxLrs: readonly number[];
  protected readonly totalSize: number;
  protected readonly stepRatio: number;
  protected readonly mode: NonNullable<CyclicLROptions['mode']>;
  protected readonly gamma: number;
  protected readonly scaleMode: 'cycle' | 'iterations';
  protected readonly cycleMomentum: boolean;
  protected readonly baseMomentums: readonly number[];
  protected readonly maxMomentums: readonly number[];
  protected readonly scaleFn: (x: number) => number;

  constructor(
    optimizer: Scheduled,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicLROptions = {},
  ) {
    const { stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = 'triangular', gamma = 1, lastEpoch = -1 } = options;
    const baseLrs = perGroup('CyclicLR', optimizer, baseLr);
    if (lastEpoch === -1) {
      for (const [i, group] of optimizer.paramGroups.entries()) group.lr = withRate(group.lr, baseLrs[i] as number);
    }
    super(optimizer, options);
    this.baseLrs = baseLrs;
    this.maxLrs = perGroup('CyclicLR', optimizer, maxLr);
    this.totalSize = stepSizeUp + stepSizeDown;
    this.stepRatio = stepSizeUp / this.totalSize;
    this.mode = mode;
    this.gamma = gamma;
    this.scaleFn = options.scaleFn ?? scaleOf(mode, gamma);
    const ownMode = mode === 'exp_range' ? 'iterations' : 'cycle';
    this.scaleMode = options.scaleFn === undefined ? ownMode : (options.scaleMode ?? 'cycle');
    this.cycleMomentum = options.cycleMomentum ?? true;
    this.baseMomentums = perGroup('CyclicLR', optimizer, options.baseMomentum ?? 0.8);
    this.maxMomentums = perGroup('CyclicLR', optimizer, options.maxMomentum ?? 0.9);
    if (this.cycleMomentum) assertMomentum('CyclicLR', optimizer);
    this.begin();
  }

  override step(epoch?: number): void {
    super.step(epoch);
    if (!this.cycleMomentum) return;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const [base, largest] = [this.baseMomentums[i] as number, this.maxMomentums[i] as number];
      setMomentum(group, largest - this.#height(largest - base));
    }
  }

  protected override nextLr(_: number, baseLr: number, group: number): number {
    return baseLr + this.#height((this.maxLrs[group] as number) - baseLr);
  }

  /** How much of a range is reached at `lastEpoch`. */
  #height(range: number): number {
    const cycle = Math.floor(1 + this.lastEpoch / this.totalSize);
    const x = 1 + this.lastEpoch / this.totalSize - cycle;
    const part = x <= this.stepRatio ? x / this.stepRatio : (x - 1) / (this.stepRatio - 1);
    return range * part * this.scaleFn(this.scaleMode === 'cycle' ? cycle : this.lastEpoch);
  }
}

function scaleOf(mode: string, gamma: number): (x: number) => number {
  switch (mode) {
    case 'triangular':
      return () => 1;
    case 'triangular2':
      return (cycle) => 1 / 2 ** (cycle - 1);
    case 'exp_range':
      return (step) => gamma ** step;
    default:
      throw new ArgumentError(`CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range', got '${mode}'`);
  }
}
