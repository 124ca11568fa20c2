import { ArgumentError } from '@gradus/storage';
import { mean, sum, type Tensor } from '@gradus/tensor';

/** What becomes of the losses of the elements: their mean, their sum, or all of them. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

/** Reduces a tensor of losses. */
export function reduceLosses(losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

export function assertReduction(name: string, reduction: string): void {
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none') {
    throw new ArgumentError(`${name}: reduction must be 'mean', 'sum' or 'none', got '${reduction}'`);
  }
}
