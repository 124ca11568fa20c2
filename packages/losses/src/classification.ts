import { expressions as e } from '@gradus/backend';
import { ArgumentError, DTypeError, formatShape, isFloat, ShapeError, sameShape } from '@gradus/storage';
import {
  add,
  div,
  eq,
  gather,
  logSoftmax,
  mul,
  neg,
  reshape,
  scope,
  squeeze,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from '@gradus/tensor';
import { elementwiseLoss } from './define-loss.ts';
import { assertReduction, type LossOptions, type Reduction, reduceLosses } from './reduction.ts';

/** Losses between scores of classes and classes. Scores are [N, C, ...] or [C], classes [N, ...] or 0-d. */

export interface ClassificationOptions extends LossOptions {
  /** Weight of each class, [C]. */
  readonly weight?: Tensor | null;
  /** A class that counts for nothing; -100 if left out. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends ClassificationOptions {
  /** How much of each target is spread evenly over all classes (Szegedy et al. 2016); 0 to 1. */
  readonly labelSmoothing?: number;
}

/**
 * Negative log likelihood: minus the log-probability of the target class.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassificationOptions = {}): Tensor {
  const { reduction = 'mean' } = options;
  assertReduction('nllLoss', reduction);
  assertWeight('nllLoss', input, options);
  return scope(() => reduced(chosenClass('nllLoss', input, target, options), reduction));
}

/**
 * Cross entropy between logits and class indices, or between logits and probabilities (a float target of the input's
 * shape): log-softmax and negative log likelihood.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { reduction = 'mean', labelSmoothing = 0 } = options;
  assertReduction('crossEntropy', reduction);
  if (labelSmoothing < 0 || labelSmoothing > 1) {
    throw new ArgumentError(`crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  }
  return scope(() => {
    const logProbabilities = logSoftmax(input, classAxis(input));
    assertWeight('crossEntropy', input, options);
    if (sameShape(input.shape, target.shape) && isFloat(target.dtype)) {
      return withProbabilities(logProbabilities, target, options);
    }
    const chosen = chosenClass('crossEntropy', logProbabilities, target, options);
    if (labelSmoothing === 0) return reduced(chosen, reduction);
    const spread = { ...chosen, scores: sumOverClasses(logProbabilities, options), scoreWeight: null };
    const classes = input.shape[classAxis(input)] as number;
    const share = mul(reduced(spread, reduction), labelSmoothing / classes);
    return add(mul(reduced(chosen, reduction), 1 - labelSmoothing), share);
  });
}

/** What a loss per target is made of. */
interface Chosen {
  /** The log-probability of each target, and its weight in the loss; null is 1. */
  readonly scores: Tensor;
  readonly scoreWeight: Tensor | null;
  readonly target: Tensor;
  /** What each target counts for in a mean; null is 1. */
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
}

function chosenClass(name: string, input: Tensor, target: Tensor, options: ClassificationOptions): Chosen {
  const { weight = null, ignoreIndex = -100 } = options;
  const axis = classAxis(input);
  assertTarget(name, input, target);
  // Ignored targets may be no valid index: they look up class 0 and count for nothing.
  const classes = where(eq(target, ignoreIndex), 0, target);
  const scores = squeeze(gather(input, axis, unsqueeze(classes, axis)), axis);
  const perTarget = weight && reshape(gather(weight, 0, reshape(classes, [-1])), classes.shape);
  return { scores, scoreWeight: perTarget, target, weight: perTarget, ignoreIndex };
}

const lossOfTarget = elementwiseLoss('nllLoss', (score, target, weight, ignored) =>
  e.select(e.eq(target, ignored), 0, e.neg(e.mul(score, weight))),
);

const weightOfTarget = elementwiseLoss('nllLoss', (_, target, weight, ignored) =>
  e.select(e.eq(target, ignored), 0, weight),
);

/** The mean is over the weights, not the count. */
function reduced({ scores, scoreWeight, target, weight, ignoreIndex }: Chosen, reduction: Reduction): Tensor {
  const losses = lossOfTarget([scores, target, scoreWeight], [ignoreIndex], reduction === 'mean' ? 'sum' : reduction);
  if (reduction !== 'mean') return losses;
  return div(losses, weightOfTarget([scores, target, weight], [ignoreIndex], 'sum'));
}

/** The (weighted) log-probabilities of all classes together. */
function sumOverClasses(logProbabilities: Tensor, { weight = null }: ClassificationOptions): Tensor {
  const weighted = weight === null ? logProbabilities : mul(logProbabilities, alongClasses(weight, logProbabilities));
  return sum(weighted, { dim: classAxis(logProbabilities) });
}

function withProbabilities(logProbabilities: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const { weight = null, reduction = 'mean', labelSmoothing = 0 } = options;
  const axis = classAxis(logProbabilities);
  const classes = logProbabilities.shape[axis] as number;
  const smoothed = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  const terms = mul(logProbabilities, smoothed);
  return reduceLosses(neg(sumOverClasses(terms, { weight })), reduction);
}

function alongClasses(weight: Tensor, like: Tensor): Tensor {
  return reshape(weight, [-1, ...new Array<number>(Math.max(like.ndim - 2, 0)).fill(1)]);
}

function classAxis(input: Tensor): number {
  return input.ndim === 1 ? 0 : 1;
}

function assertTarget(name: string, input: Tensor, target: Tensor): void {
  const expected = input.shape.filter((_, axis) => axis !== classAxis(input));
  if (!sameShape(expected, target.shape)) {
    throw new ShapeError(
      `${name}: scores ${formatShape(input.shape)} need classes of shape ${formatShape(expected)}, got ${formatShape(target.shape)}`,
    );
  }
  if (isFloat(target.dtype)) {
    throw new DTypeError(
      `${name}: classes are integers, not ${target.dtype}; convert them with target.to('int32'), or give probabilities of shape ${formatShape(input.shape)}`,
    );
  }
}

function assertWeight(name: string, input: Tensor, { weight = null }: ClassificationOptions): void {
  const classes = input.shape[classAxis(input)] as number;
  if (weight === null || sameShape(weight.shape, [classes])) return;
  throw new ShapeError(
    `${name}: the weight must have one element per class, [${classes}], got ${formatShape(weight.shape)}`,
  );
}
