import { expressions as e } from '@gradus/backend';
import { div, eq, gather, reshape, scope, squeeze, type Tensor, unsqueeze, where } from '@gradus/tensor';
import { assertTarget, assertWeight, type ClassificationOptions, classAxis } from './classification.ts';
import { elementwiseLoss } from './define-loss.ts';
import { assertReduction } from './reduction.ts';

/**
 * Negative log likelihood: minus the log-probability of the target class.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassificationOptions = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = 'mean' } = options;
  assertReduction('nllLoss', reduction);
  assertWeight('nllLoss', input, weight);
  assertTarget('nllLoss', input, target);
  return scope(() => {
    const axis = classAxis(input);
    // Ignored targets may be no valid index: they look up class 0 and count for nothing.
    const classes = where(eq(target, ignoreIndex), 0, target);
    const scores = squeeze(gather(input, axis, unsqueeze(classes, axis)), axis);
    const weights = weight && reshape(gather(weight, 0, reshape(classes, [-1])), classes.shape);
    const operands = [scores, target, weights];
    if (reduction !== 'mean') return lossOfTarget(operands, [ignoreIndex], reduction);
    // The mean is over the weights, not the count.
    return div(lossOfTarget(operands, [ignoreIndex], 'sum'), weightOfTarget(operands, [ignoreIndex], 'sum'));
  });
}

const lossOfTarget = elementwiseLoss('nllLoss', (score, target, weight, ignored) =>
  e.select(e.eq(target, ignored), 0, e.neg(e.mul(score, weight))),
);

const weightOfTarget = elementwiseLoss('nllLoss', (_, target, weight, ignored) =>
  e.select(e.eq(target, ignored), 0, weight),
);
