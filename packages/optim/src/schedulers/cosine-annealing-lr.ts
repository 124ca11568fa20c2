import { ArgumentError } from '@gradus/storage';
import type { Scheduled } from '../optimizer.ts';
import { LRScheduler, type SchedulerOptions } from './scheduler.ts';

export interface CosineAnnealingOptions extends SchedulerOptions {
  /** The lowest rate; 0 if left out. */
  readonly etaMin?: number;
}

/**
 * Half a cosine from the initial learning rate down to `etaMin` over `tMax` epochs (SGDR without restarts, Loshchilov &
 * Hutter 2017), computed step by step, as PyTorch does, so that other changes of the rate are kept.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export class CosineAnnealingLR extends LRScheduler {
  protected readonly TMax: number;
  protected readonly etaMin: number;

  constructor(optimizer: Scheduled, tMax: number, options: CosineAnnealingOptions = {}) {
    super(optimizer, options);
    this.TMax = tMax;
    this.etaMin = options.etaMin ?? 0;
    this.begin();
  }

  protected override nextLr(lr: number, baseLr: number): number {
    const { TMax: tMax, etaMin, lastEpoch } = this;
    if (lastEpoch === 0) return lr;
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedLr(baseLr);
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      return lr + ((baseLr - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2;
    }
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / tMax);
    return (height(lastEpoch) / height(lastEpoch - 1)) * (lr - etaMin) + etaMin;
  }

  protected override closedLr(baseLr: number): number {
    return cosine(baseLr, this.etaMin, this.lastEpoch / this.TMax);
  }
}

export interface WarmRestartsOptions extends CosineAnnealingOptions {
  /** How much longer each period is than the one before; a whole number, 1 if left out. */
  readonly tMult?: number;
}

/**
 * Half a cosine over `t0` epochs, again and again from the initial rate (SGDR, Loshchilov & Hutter 2017). `step(epoch)` may be
 * given parts of epochs.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  protected readonly T_0: number;
  protected readonly TMult: number;
  protected readonly etaMin: number;
  /** The length of the period, and the epochs of it that are over. */
  protected TI: number;
  protected TCur: number;

  constructor(optimizer: Scheduled, t0: number, options: WarmRestartsOptions = {}) {
    super(optimizer, options);
    const { tMult = 1, etaMin = 0 } = options;
    if (!(Number.isInteger(t0) && t0 > 0 && Number.isInteger(tMult) && tMult > 0)) {
      throw new ArgumentError(
        `CosineAnnealingWarmRestarts: t0 and tMult must be whole and positive, got ${t0}, ${tMult}`,
      );
    }

    [this.T_0, this.TI, this.TMult, this.etaMin] = [t0, t0, tMult, etaMin];
    this.TCur = this.lastEpoch;
    this.begin();
  }

  override step(epoch?: number): void {
    const at = epoch ?? (this.lastEpoch < 0 ? 0 : undefined);
    if (at === undefined) this.#advance();
    else this.#jump(at);
    super.step(Math.floor(at ?? this.lastEpoch + 1));
  }

  protected override nextLr(_: number, baseLr: number): number {
    return cosine(baseLr, this.etaMin, this.TCur / this.TI);
  }

  #advance(): void {
    this.TCur++;
    if (this.TCur < this.TI) return;
    this.TCur -= this.TI;
    this.TI *= this.TMult;
  }

  #jump(epoch: number): void {
    if (epoch < 0) throw new ArgumentError(`CosineAnnealingWarmRestarts: epoch must be at least 0, got ${epoch}`);
    const { T_0: first, TMult: growth } = this;
    if (growth === 1) {
      [this.TI, this.TCur] = [first, epoch % first];
      return;
    }
    const periods = Math.trunc(Math.log((epoch / first) * (growth - 1) + 1) / Math.log(growth));
    this.TI = first * growth ** periods;
    this.TCur = epoch - (first * (growth ** periods - 1)) / (growth - 1);
  }
}

/** From `high` down to `low`, as `part` goes from 0 to 1. */
function cosine(high: number, low: number, part: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * part))) / 2;
}
