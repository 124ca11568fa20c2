import { expressions as e } from '@gradus/backend';
import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import {
  arange,
  cumprod,
  eq,
  gather,
  ge,
  indexSelect,
  int,
  mean,
  mul,
  neg,
  reshape,
  scatterAdd,
  scope,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
  zerosLike,
} from '@gradus/tensor';
import { assertSameShape, elementwiseLoss } from './define-loss.ts';
import { positivePart, softplus } from './expressions.ts';
import { assertReduction, type LossOptions, reduceLosses } from './reduction.ts';
import { signs } from './signs.ts';

/** Losses that want scores apart by a margin. */

export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}

export interface MultiMarginOptions extends MarginOptions {
  /** The power of each difference, 1 (default) or 2. */
  readonly p?: 1 | 2;
  /** Weight of each class, [C]. */
  readonly weight?: Tensor | null;
}

export interface MultilabelOptions extends LossOptions {
  /** Weight of each class; broadcasts. */
  readonly weight?: Tensor | null;
}

const hinge = elementwiseLoss('hingeEmbeddingLoss', (x, y, margin) =>
  e.add(e.select(e.ne(y, 1), positivePart(e.sub(margin, x)), 0), e.select(e.ne(y, -1), x, 0)),
);

/**
 * The distance itself for a target of 1, how far it is below the margin (1 if left out) for -1.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { reduction = 'mean', margin = 1 } = options;
  return scope(() => hinge([input, signs(target)], [margin], reduction));
}

const aboveMargin = elementwiseLoss('marginRankingLoss', (difference, margin) =>
  positivePart(e.add(difference, margin)),
);

/**
 * max(0, -target (first - second) + margin): the first should rank higher for a target of 1, the second for -1.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
 */
export function marginRankingLoss(first: Tensor, second: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { reduction = 'mean', margin = 0 } = options;
  return scope(() => aboveMargin([mul(neg(target), sub(first, second))], [margin], reduction));
}

const beyond = elementwiseLoss('multiMarginLoss', (x, chosen, margin) => {
  const excess = e.add(e.sub(margin, chosen), x);
  return e.select(e.le(excess, 0), 0, excess);
});

/**
 * How far all other classes' scores come within the margin (1 if left out) of the target's, summed and divided by the
 * number of classes. Input [N, C] or [C], target [N] or 0-d.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
 */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  const { reduction = 'mean', p = 1, margin = 1, weight = null } = options;
  assertReduction('multiMarginLoss', reduction);
  if (p !== 1 && p !== 2) throw new ArgumentError(`multiMarginLoss: p must be 1 or 2, got ${p}`);
  const classes = input.shape[input.ndim - 1] ?? 1;
  if (input.ndim > 2 || target.size * classes !== input.size) {
    throw new ShapeError(
      `multiMarginLoss: needs [N, C] and [N], got ${formatShape(input.shape)} and ${formatShape(target.shape)}`,
    );
  }
  return scope(() => {
    const scores = reshape(input, [target.size, classes]);
    const truth = reshape(target, [target.size, 1]);
    const excess = beyond([scores, gather(scores, 1, truth)], [margin], 'none');
    const others = where(eq(truth, arange(0, classes, 1, { dtype: 'int32', backend: input.backend })), 0, excess);
    const powers = p === 2 ? mul(others, others) : others;
    const weighted =
      weight === null ? powers : mul(powers, unsqueeze(indexSelect(weight, 0, reshape(target, [-1])), 1));
    const losses = mul(sum(weighted, { dim: 1 }), 1 / classes);
    return reduceLosses(reshape(losses, input.ndim < 2 ? [] : [target.size]), reduction);
  });
}

/**
 * How far scores of other classes come within 1 of those of the target's classes, summed and divided by the number of
 * classes. The target, of the input's shape [N, C] or [C], lists classes; the first -1 ends it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  assertReduction('multilabelMarginLoss', reduction);
  assertSameShape('multilabelMarginLoss', input, target);
  const classes = input.shape[input.ndim - 1] ?? 1;
  return scope(() => {
    const [scores, listed] = [reshape(input, [-1, classes]), reshape(target, [-1, classes])];
    // 1 up to the first negative entry, 0 after it; entries that don't count look up class 0.
    const counts = cumprod(int(ge(listed, 0)), 1);
    const found = where(eq(counts, 0), 0, listed);
    const isTarget = scatterAdd(zerosLike(counts), 1, found, counts);
    const excess = beyond([unsqueeze(scores, 1), unsqueeze(gather(scores, 1, found), 2)], [1], 'none');
    const pairs = mul(unsqueeze(counts, 2), unsqueeze(eq(isTarget, 0), 1));
    const losses = mul(sum(where(eq(pairs, 0), 0, excess), { dim: [1, 2] }), 1 / classes);
    return reduceLosses(reshape(losses, input.shape.slice(0, -1)), reduction);
  });
}

const logistic = elementwiseLoss('multilabelSoftMarginLoss', (x, y, weight) =>
  e.mul(weight, e.add(e.mul(y, softplus(e.neg(x))), e.mul(e.sub(1, y), softplus(x)))),
);

/**
 * Binary cross entropy of sigmoid(input), averaged over the classes (the last axis).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
 */
export function multilabelSoftMarginLoss(input: Tensor, target: Tensor, options: MultilabelOptions = {}): Tensor {
  const { reduction = 'mean', weight = null } = options;
  assertReduction('multilabelSoftMarginLoss', reduction);
  return scope(() => reduceLosses(mean(logistic([input, target, weight], [], 'none'), { dim: -1 }), reduction));
}
