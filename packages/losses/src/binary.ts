import { expressions as e } from '@gradus/backend';
import type { Tensor } from '@gradus/tensor';
import { assertSameShape, elementwiseLoss } from './define-loss.ts';
import { softplus } from './expressions.ts';
import type { LossOptions } from './reduction.ts';

/** Losses between scores and truth values (0 to 1) of the same shape. */

export interface BinaryOptions extends LossOptions {
  /** Weight of each element; broadcasts. */
  readonly weight?: Tensor | null;
}

export interface LogitsOptions extends BinaryOptions {
  /** Weight of positive targets, per class; broadcasts. */
  readonly posWeight?: Tensor | null;
}

const ofProbabilities = elementwiseLoss('binaryCrossEntropy', (x, y, weight) => {
  // Logarithms end at -100, so that a certain mistake costs much, but not everything.
  const logarithm = (part: e.Operand): e.Operand => e.max(part, -100);
  const loss = e.add(e.mul(y, logarithm(e.log(x))), e.mul(e.sub(1, y), logarithm(e.log1p(e.neg(x)))));
  return e.mul(weight, e.neg(loss));
});

/**
 * Binary cross entropy of probabilities.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BinaryOptions = {}): Tensor {
  assertSameShape('binaryCrossEntropy', input, target);
  const { reduction = 'mean', weight = null } = options;
  return ofProbabilities([input, target, weight], [], reduction);
}

const ofLogits = elementwiseLoss('binaryCrossEntropyWithLogits', (x, y, weight, posWeight) => {
  const positive = e.add(1, e.mul(e.sub(posWeight, 1), y));
  return e.mul(weight, e.add(e.mul(e.sub(1, y), x), e.mul(positive, softplus(e.neg(x)))));
});

/**
 * Binary cross entropy of sigmoid(input), in the form that doesn't overflow.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
 */
export function binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options: LogitsOptions = {}): Tensor {
  assertSameShape('binaryCrossEntropyWithLogits', input, target);
  const { reduction = 'mean', weight = null, posWeight = null } = options;
  return ofLogits([input, target, weight, posWeight], [], reduction);
}

const softMargin = elementwiseLoss('softMarginLoss', (x, y) => softplus(e.neg(e.mul(x, y))));

/**
 * log(1 + exp(-target input)) for targets 1 and -1.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
 */
export function softMarginLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  return softMargin([input, target], [], reduction);
}
