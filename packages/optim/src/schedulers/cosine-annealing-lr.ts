import type { AnyOptimizer } from '../optimizer.ts';
import { LRScheduler } from './scheduler.ts';

/**
 * Half a cosine from the initial learning rate down to `etaMin` over `tMax` epochs (SGDR without restarts, Loshchilov &
 * Hutter 2017), computed step by step, as PyTorch does, so that other changes of the rate are kept.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly #tMax: number;
  readonly #etaMin: number;

  constructor(optimizer: AnyOptimizer, tMax: number, options: { readonly etaMin?: number } = {}) {
    super(optimizer);
    this.#tMax = tMax;
    this.#etaMin = options.etaMin ?? 0;
  }

  protected override nextLr(lr: number, baseLr: number): number {
    const [tMax, etaMin] = [this.#tMax, this.#etaMin];
    if ((this.lastEpoch - 1 - tMax) % (2 * tMax) === 0) {
      return lr + ((baseLr - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2;
    }
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / tMax);
    return (height(this.lastEpoch) / height(this.lastEpoch - 1)) * (lr - etaMin) + etaMin;
  }
}
