import { ArgumentError } from '@gradus/storage';
import type { Scheduled } from '../optimizer.ts';
import { withRate } from './rate.ts';
import { countUpTo, LRScheduler, type SchedulerState } from './scheduler.ts';

/** Schedulers that are made of schedulers, of one optimizer. */
abstract class ComposedScheduler extends LRScheduler {
  protected readonly schedulers: readonly LRScheduler[];

  constructor(optimizer: Scheduled, schedulers: readonly LRScheduler[]) {
    super(optimizer);
    this.schedulers = schedulers;
    if (schedulers.length === 0 || schedulers.some((scheduler) => scheduler.optimizer !== optimizer)) {
      throw new ArgumentError(`${this.constructor.name}: needs schedulers of one optimizer`);
    }
  }

  override stateDict(): SchedulerState {
    const { schedulers: _, ...own } = super.stateDict();
    return { ...own, _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  override loadStateDict({ _schedulers, ...own }: SchedulerState): void {
    super.loadStateDict(own);
    for (const [i, state] of (_schedulers as SchedulerState[]).entries()) this.schedulers[i]?.loadStateDict(state);
  }

  protected override nextLr(lr: number): number {
    return lr;
  }
}

/**
 * One scheduler after the other: the next takes over at each milestone (an epoch). The first entries are those of PyTorch 1.13:
 * all schedulers have made their first step when they are put together, and the rates start from their initial values.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
 */
export class SequentialLR extends ComposedScheduler {
  protected readonly milestones: readonly number[];

  constructor(optimizer: Scheduled, schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    super(optimizer, schedulers);
    if (milestones.length !== schedulers.length - 1) {
      throw new ArgumentError(`SequentialLR: ${schedulers.length} schedulers and ${milestones.length} milestones`);
    }
    this.milestones = milestones;
    this.lastEpoch = 0;
    for (const group of optimizer.paramGroups) group.lr = withRate(group.lr, group.initialLr as number);
    for (const scheduler of schedulers) scheduler.lastEpoch--;
    schedulers[0]?.begin();
  }

  override step(): void {
    this.lastEpoch++;
    const at = countUpTo(this.milestones, this.lastEpoch);
    const isFirst = this.milestones[at - 1] === this.lastEpoch;
    this.schedulers[at]?.step(isFirst ? 0 : undefined);
  }
}

/**
 * Several schedulers at once: each changes what the one before it left.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
 */
export class ChainedScheduler extends ComposedScheduler {
  constructor(schedulers: readonly LRScheduler[]) {
    const [first] = schedulers;
    if (first === undefined) throw new ArgumentError('ChainedScheduler: needs schedulers of one optimizer');
    super(first.optimizer, schedulers);
  }

  override step(): void {
    for (const scheduler of this.schedulers) scheduler.step();
  }
}
