import type { Tensor } from '@gradus/tensor';
import { cosineSimilarity, pairwiseDistance } from '@gradus/tensor/functional';
import { Module } from '../module.ts';

type CosineOptions = NonNullable<Parameters<typeof cosineSimilarity>[2]>;
type DistanceOptions = NonNullable<Parameters<typeof pairwiseDistance>[2]>;

/**
 * The cosine of the angle between a and b along `dim`, 1 if left out.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html
 */
export class CosineSimilarity extends Module<[a: Tensor, b: Tensor]> {
  readonly options: CosineOptions;

  constructor(options: CosineOptions = {}) {
    super();
    this.options = options;
  }

  override forward(a: Tensor, b: Tensor): Tensor {
    return cosineSimilarity(a, b, this.options);
  }
}

/**
 * The p-norm of a - b + eps along the last axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html
 */
export class PairwiseDistance extends Module<[a: Tensor, b: Tensor]> {
  readonly options: DistanceOptions;

  constructor(options: DistanceOptions = {}) {
    super();
    this.options = options;
  }

  override forward(a: Tensor, b: Tensor): Tensor {
    return pairwiseDistance(a, b, this.options);
  }
}
