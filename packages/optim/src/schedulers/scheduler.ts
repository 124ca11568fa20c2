import { ArgumentError } from '@gradus/storage';
import { camelCase, renamed, snakeCase } from '../names.ts';
import type { Scheduled } from '../optimizer.ts';
import { rateOf, withRate } from './rate.ts';

/** What a scheduler needs to go on later, in PyTorch's names: plain data. */
export type SchedulerState = Readonly<Record<string, unknown>>;

export interface SchedulerOptions {
  /** The last epoch before this one, to go on from there: every group then has its `initialLr`. Default -1, a new start. */
  readonly lastEpoch?: number;
}

/**
 * Base of all learning-rate schedulers: `step()` after the optimizer's steps of an epoch (or after each) sets every
 * group's `lr`; one that is a 0-d tensor is written in place. A subclass's constructor ends with `begin()`.
 *
 * @see https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
export abstract class LRScheduler {
  readonly optimizer: Scheduled;
  /** How often `step` was called; -1 before the beginning. */
  lastEpoch: number;
  /** Each group's learning rate before any scheduling. */
  protected baseLrs: readonly number[];
  /** Steps since the beginning, that of the constructor included. */
  protected stepCount = 0;

  constructor(optimizer: Scheduled, { lastEpoch = -1 }: SchedulerOptions = {}) {
    this.optimizer = optimizer;
    this.lastEpoch = lastEpoch;
    for (const [i, group] of optimizer.paramGroups.entries()) {
      if (lastEpoch === -1) group.initialLr ??= rateOf(group.lr);
      else if (group.initialLr === undefined) {
        throw new ArgumentError(`${this.constructor.name}: group ${i} needs its initialLr to go on after an epoch`);
      }
    }
    this.baseLrs = optimizer.paramGroups.map((group) => group.initialLr as number);
  }

  /** Sets the rates of the next epoch, or of a given one. */
  step(epoch?: number): void {
    this.stepCount++;
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    const jumps = epoch !== undefined;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const base = this.baseLrs[i] as number;
      const closed = jumps ? this.closedLr(base) : null;
      group.lr = withRate(group.lr, closed ?? this.nextLr(rateOf(group.lr), base, i));
    }
  }

  /** The learning rates in force, one per group. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => rateOf(group.lr));
  }

  /** All fields but the optimizer and functions. */
  stateDict(): SchedulerState {
    const { optimizer: _, stepCount, ...fields } = { ...this };
    const data = Object.entries(fields).filter(([, value]) => !holdsFunctions(value));
    return {
      ...renamed(Object.fromEntries(data), snakeCase),
      _step_count: stepCount,
      _last_lr: this.getLastLr(),
    };
  }

  /** Takes over what `stateDict` gave; the rates themselves are in the optimizer's state. */
  loadStateDict({ _step_count, _last_lr, ...fields }: SchedulerState): void {
    Object.assign(this, renamed(fields, camelCase), { stepCount: _step_count ?? this.stepCount });
  }

  /** The first step, of construction: it sets what the schedule begins with. */
  begin(): void {
    this.stepCount = 0;
    this.step();
  }

  /** A group's rate for `lastEpoch`, from the one before it. */
  protected abstract nextLr(lr: number, baseLr: number, group: number): number;

  /** A group's rate for `lastEpoch` from the epoch alone; null where `nextLr` is that already. */
  protected closedLr(_baseLr: number): number | null {
    return null;
  }
}

function holdsFunctions(value: unknown): boolean {
  return typeof value === 'function' || (Array.isArray(value) && value.some((part) => typeof part === 'function'));
}

/** One value per group: the list itself, or one for all. */
export function perGroup<T>(name: string, optimizer: Scheduled, given: T | readonly T[]): readonly T[] {
  const groups = optimizer.paramGroups.length;
  if (!Array.isArray(given)) return new Array<T>(groups).fill(given as T);
  if (given.length !== groups) throw new ArgumentError(`${name}: ${given.length} values for ${groups} groups`);
  return given;
}

/** How many of the ascending numbers are at most `value`. */
export function countUpTo(ascending: readonly number[], value: number): number {
  return ascending.filter((one) => one <= value).length;
}
