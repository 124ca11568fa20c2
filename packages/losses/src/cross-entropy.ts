import type { CrossEntropyGeometry } from '@gradus/backend';
import { ArgumentError, isFloat, sameShape } from '@gradus/storage';
import { div, eq, logSoftmax, mul, neg, scope, sum, type Tensor, to, where } from '@gradus/tensor';
import { casting } from '@gradus/tensor/launch';
import { classShares, smoothedShares } from './class-shares.ts';
import { assertTarget, assertWeight, type ClassificationOptions, classAxis } from './classification.ts';
import { fusedCrossEntropy } from './fused-cross-entropy.ts';
import { assertReduction, type Reduction, reduceLosses } from './reduction.ts';

export interface CrossEntropyOptions extends ClassificationOptions {
  /** How much of each target is spread evenly over all classes (Szegedy et al. 2016); 0 to 1. */
  readonly labelSmoothing?: number;
}

/**
 * Cross entropy between logits and class indices, or between logits and probabilities (a float target of the input's
 * shape): log-softmax and negative log likelihood.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = 'mean', labelSmoothing = 0 } = options;
  assertReduction('crossEntropy', reduction);
  if (labelSmoothing < 0 || labelSmoothing > 1) {
    throw new ArgumentError(`crossEntropy: labelSmoothing must be in [0, 1], got ${labelSmoothing}`);
  }
  assertWeight('crossEntropy', input, weight);
  return scope(() => {
    const operands = casting === null ? [input, weight] : casting.wide([input, weight]);
    const [x, w] = operands as readonly [Tensor, Tensor | null];
    const geometry = { axis: classAxis(x), ignoreIndex, smoothing: labelSmoothing };
    if (sameShape(x.shape, target.shape) && isFloat(target.dtype)) {
      const terms = mul(neg(logSoftmax(x, geometry.axis)), smoothedShares(target, w, geometry));
      return reduceLosses(sum(terms, { dim: geometry.axis }), reduction);
    }
    assertTarget('crossEntropy', x, target);
    const classes = to(target, 'int32');
    return fusedCrossEntropy(x, classes, w, reduction, geometry) ?? composed(x, classes, w, reduction, geometry);
  });
}

/** Of ops, for what the kernel doesn't take. The mean is over the weights, not the count. */
function composed(
  x: Tensor,
  classes: Tensor,
  weight: Tensor | null,
  reduction: Reduction,
  geometry: CrossEntropyGeometry,
): Tensor {
  const surprise = neg(logSoftmax(x, geometry.axis));
  const shares = classShares(x, classes, weight, geometry);
  // What doesn't count isn't read, not even -Infinity.
  const losses = sum(where(eq(shares, 0), 0, mul(surprise, shares)), { dim: geometry.axis });
  if (reduction !== 'mean') return reduceLosses(losses, reduction);
  return div(sum(losses), sum(classShares(x, classes, weight, { ...geometry, smoothing: 0 })));
}
