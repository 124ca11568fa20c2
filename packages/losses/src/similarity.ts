import { expressions as e } from '@gradus/backend';
import { broadcastShapes } from '@gradus/storage';
import { minimum, mul, scope, sum, type Tensor } from '@gradus/tensor';
import { pairwiseDistance } from '@gradus/tensor/functional';
import { elementwiseLoss } from './define-loss.ts';
import { positivePart } from './expressions.ts';
import type { MarginOptions } from './margin.ts';
import { signs } from './signs.ts';

/** Losses that bring vectors together or apart. */

export interface TripletOptions extends MarginOptions {
  /** Also keep positive and negative apart, where they are closer than anchor and negative (Balntas et al. 2016). */
  readonly swap?: boolean;
}

export interface TripletDistanceOptions extends TripletOptions {
  /** The distance's order; 2 if left out. */
  readonly p?: number;
  /** Added to every difference; 1e-6 if left out. */
  readonly eps?: number;
}

export interface TripletFunctionOptions extends TripletOptions {
  /** The distance; Euclidean if left out. */
  readonly distance?: (a: Tensor, b: Tensor) => Tensor;
}

const EPSILON = 1e-12;

const cosine = elementwiseLoss('cosineEmbeddingLoss', (product, squareA, squareB, y, margin) => {
  const similarity = e.div(product, e.sqrt(e.mul(e.add(squareA, EPSILON), e.add(squareB, EPSILON))));
  const [together, apart] = [e.sub(1, similarity), positivePart(e.sub(similarity, margin))];
  return e.select(e.eq(y, 1), together, e.select(e.eq(y, -1), apart, 0));
});

/**
 * 1 - cos(first, second) for a target of 1, how far the cosine is above the margin (0 if left out) for -1. Vectors
 * [N, D] or [D], target [N] or 0-d.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
 */
export function cosineEmbeddingLoss(
  first: Tensor,
  second: Tensor,
  target: Tensor,
  options: MarginOptions = {},
): Tensor {
  const { reduction = 'mean', margin = 0 } = options;
  broadcastShapes('cosineEmbeddingLoss', first.shape, second.shape);
  return scope(() => {
    const product = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b), { dim: -1 });
    const products = [product(first, second), product(first, first), product(second, second)];
    return cosine([...products, signs(target)], [margin], reduction);
  });
}

const triplet = elementwiseLoss('tripletMarginLoss', (positive, negative, margin) =>
  positivePart(e.add(margin, e.sub(positive, negative))),
);

/**
 * max(0, margin + |anchor - positive| - |anchor - negative|) along the last axis, for a margin of 1 if left out.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const { p = 2, eps = 1e-6 } = options;
  const distance = (a: Tensor, b: Tensor): Tensor => pairwiseDistance(a, b, { p, eps });
  return tripletMarginWithDistanceLoss(anchor, positive, negative, { ...options, distance });
}

/**
 * `tripletMarginLoss` with a distance of one's own.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletFunctionOptions = {},
): Tensor {
  const { reduction = 'mean', margin = 1, swap = false, distance = pairwiseDistance } = options;
  broadcastShapes('tripletMarginLoss', anchor.shape, positive.shape, negative.shape);
  return scope(() => {
    const [near, far] = [distance(anchor, positive), distance(anchor, negative)];
    return triplet([near, swap ? minimum(far, distance(positive, negative)) : far], [margin], reduction);
  });
}
