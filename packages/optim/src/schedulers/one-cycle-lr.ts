import { ArgumentError } from '@gradus/storage';
import type { Scheduled } from '../optimizer.ts';
import { assertMomentum, setMomentum } from './momentum.ts';
import { LRScheduler, perGroup, type SchedulerOptions } from './scheduler.ts';

export interface OneCycleLROptions extends SchedulerOptions {
  /** How many steps there are; else `epochs` times `stepsPerEpoch`. */
  readonly totalSteps?: number;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  /** The part of the steps in which the rate rises; 0.3 if left out. */
  readonly pctStart?: number;
  readonly annealStrategy?: 'cos' | 'linear';
  /** Let the momentum fall as the rate rises; true if left out. */
  readonly cycleMomentum?: boolean;
  /** The lowest momentum; 0.85 if left out. One for all groups, or one for each. */
  readonly baseMomentum?: number | readonly number[];
  /** The highest momentum; 0.95 if left out. */
  readonly maxMomentum?: number | readonly number[];
  /** The first rate is the largest divided by this; 25 if left out. */
  readonly divFactor?: number;
  /** The last rate is the first divided by this; 1e4 if left out. */
  readonly finalDivFactor?: number;
  /** Fall to the first rate as fast as it rose, and then further down. */
  readonly threePhase?: boolean;
}

/** The rates and momenta at the ends of the phases. */
type Level = 'first' | 'largest' | 'last';

interface Phase {
  readonly end: number;
  readonly from: Level;
  readonly to: Level;
}

/**
 * Up to a large learning rate and down to a very small one, the momentum the other way (the 1cycle policy, Smith & Topin 2018);
 * called after every batch.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
 */
export class OneCycleLR extends LRScheduler {
  readonly totalSteps: number;
  protected readonly phases: readonly Phase[];
  protected readonly annealStrategy: 'cos' | 'linear';
  protected readonly cycleMomentum: boolean;
  protected readonly lrs: Readonly<Record<Level, readonly number[]>>;
  protected readonly momentums: Readonly<Record<Level, readonly number[]>>;

  constructor(optimizer: Scheduled, maxLr: number | readonly number[], options: OneCycleLROptions = {}) {
    const { divFactor = 25, finalDivFactor = 1e4, annealStrategy = 'cos', lastEpoch = -1 } = options;
    const largest = perGroup('OneCycleLR', optimizer, maxLr);
    const first = largest.map((lr) => lr / divFactor);
    if (lastEpoch === -1) {
      for (const [i, group] of optimizer.paramGroups.entries()) group.initialLr = first[i] as number;
    }
    super(optimizer, options);
    this.totalSteps = stepsOf(options);
    this.phases = phasesOf(this.totalSteps, options);
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
      throw new ArgumentError(`OneCycleLR: annealStrategy must be 'cos' or 'linear', got '${annealStrategy}'`);
    }
    this.annealStrategy = annealStrategy;
    this.lrs = { first, largest, last: first.map((lr) => lr / finalDivFactor) };
    this.cycleMomentum = options.cycleMomentum ?? true;
    if (this.cycleMomentum) assertMomentum('OneCycleLR', optimizer);
    const high = perGroup('OneCycleLR', optimizer, options.maxMomentum ?? 0.95);
    const low = perGroup('OneCycleLR', optimizer, options.baseMomentum ?? 0.85);
    this.momentums = { first: high, largest: low, last: high };
    this.begin();
  }

  override step(epoch?: number): void {
    super.step(epoch);
    if (!this.cycleMomentum) return;
    for (const [i, group] of this.optimizer.paramGroups.entries()) setMomentum(group, this.#at(this.momentums, i));
  }

  protected override nextLr(_: number, _base: number, group: number): number {
    if (this.lastEpoch > this.totalSteps) {
      throw new ArgumentError(`OneCycleLR: step ${this.lastEpoch + 1} of a schedule of ${this.totalSteps} steps`);
    }
    return this.#at(this.lrs, group);
  }

  #at(levels: Readonly<Record<Level, readonly number[]>>, group: number): number {
    const found = this.phases.findIndex((phase) => this.lastEpoch <= phase.end);
    const i = found < 0 ? this.phases.length - 1 : found;
    const { from, to, end } = this.phases[i] as Phase;
    const start = this.phases[i - 1]?.end ?? 0;
    const part = (this.lastEpoch - start) / (end - start);
    const [a, b] = [levels[from][group] as number, levels[to][group] as number];
    return this.annealStrategy === 'cos' ? b + ((a - b) / 2) * (Math.cos(Math.PI * part) + 1) : (b - a) * part + a;
  }
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  const steps = totalSteps ?? (epochs ?? Number.NaN) * (stepsPerEpoch ?? Number.NaN);
  if (Number.isInteger(steps) && steps > 0) return steps;
  throw new ArgumentError(`OneCycleLR: give totalSteps, or epochs and stepsPerEpoch, whole and positive; got ${steps}`);
}

function phasesOf(steps: number, { pctStart = 0.3, threePhase = false }: OneCycleLROptions): readonly Phase[] {
  if (!(pctStart >= 0 && pctStart <= 1)) {
    throw new ArgumentError(`OneCycleLR: pctStart must be in [0, 1], got ${pctStart}`);
  }
  const rise: Phase = { end: pctStart * steps - 1, from: 'first', to: 'largest' };
  if (!threePhase) return [rise, { end: steps - 1, from: 'largest', to: 'last' }];
  return [
    rise,
    { end: 2 * pctStart * steps - 2, from: 'largest', to: 'first' },
    { end: steps - 1, from: 'first', to: 'last' },
  ];
}
