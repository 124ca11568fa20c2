import type { AnyOptimizer } from '../optimizer.ts';
import { LRScheduler } from './scheduler.ts';

/**
 * Multiplies the learning rate by `gamma` every `stepSize` epochs.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  constructor(optimizer: AnyOptimizer, stepSize: number, options: { readonly gamma?: number } = {}) {
    super(optimizer);
    this.#stepSize = stepSize;
    this.#gamma = options.gamma ?? 0.1;
  }

  protected override nextLr(lr: number): number {
    return this.lastEpoch % this.#stepSize === 0 ? lr * this.#gamma : lr;
  }
}
