import { type Expression, expressions as e } from '@gradus/backend';
import { formatShape, ShapeError, sameShape } from '@gradus/storage';
import { detach, div, scope, type Tensor, unsqueeze } from '@gradus/tensor';
import { type ElementwiseLoss, elementwiseLoss } from './define-loss.ts';
import { xlogy } from './expressions.ts';
import type { LossOptions, Reduction } from './reduction.ts';

/** Losses of predicted distributions. */

export interface KlDivOptions {
  /** 'batchmean' divides the sum by the first axis's size: the divergence itself. */
  readonly reduction?: Reduction | 'batchmean';
  /** The target holds logarithms of probabilities. */
  readonly logTarget?: boolean;
}

export interface PoissonOptions extends LossOptions {
  /** The input is the rate's logarithm (default). */
  readonly logInput?: boolean;
  /** Add Stirling's approximation of log(target!), for targets above 1. */
  readonly full?: boolean;
  /** Keeps the logarithm of a rate finite; 1e-8 if left out. */
  readonly eps?: number;
}

export interface GaussianOptions extends LossOptions {
  /** Add the constant log(2 pi) / 2. */
  readonly full?: boolean;
  /** Smaller variances count as that; 1e-6 if left out. */
  readonly eps?: number;
}

const ofProbabilities = elementwiseLoss('klDiv', (x, y) => e.sub(xlogy(y, y), e.mul(y, x)));
const ofLogarithms = elementwiseLoss('klDiv', (x, y) => e.mul(e.exp(y), e.sub(y, x)));

/**
 * Kullback-Leibler divergence of the distribution whose logarithms are `input` from `target`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  const { reduction = 'mean', logTarget = false } = options;
  const loss = logTarget ? ofLogarithms : ofProbabilities;
  if (reduction !== 'batchmean') return loss([input, target], [], reduction);
  return scope(() => {
    const total = loss([input, target], [], 'sum');
    return input.ndim === 0 ? total : div(total, input.shape[0] as number);
  });
}

/** The rate and the loss without the constant; then Stirling's approximation of the constant. */
const logRate = (x: Expression, y: Expression): Expression => e.sub(e.exp(x), e.mul(y, x));
const rate = (x: Expression, y: Expression, eps: Expression): Expression => e.sub(x, e.mul(y, e.log(e.add(x, eps))));
const stirling = (y: Expression): Expression => {
  const approximation = e.add(e.sub(e.mul(y, e.log(y)), y), e.mul(0.5, e.log(e.mul(2 * Math.PI, y))));
  return e.select(e.le(y, 1), 0, approximation);
};

const poisson = {
  log: elementwiseLoss('poissonNllLoss', logRate),
  plain: elementwiseLoss('poissonNllLoss', rate),
  logFull: elementwiseLoss('poissonNllLoss', (x, y) => e.add(logRate(x, y), stirling(y))),
  plainFull: elementwiseLoss('poissonNllLoss', (x, y, eps) => e.add(rate(x, y, eps), stirling(y))),
} as const;

/**
 * Negative log likelihood of counts under a Poisson distribution.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
 */
export function poissonNllLoss(input: Tensor, target: Tensor, options: PoissonOptions = {}): Tensor {
  const { reduction = 'mean', logInput = true, full = false, eps = 1e-8 } = options;
  if (logInput) return poisson[full ? 'logFull' : 'log']([input, target], [], reduction);
  return poisson[full ? 'plainFull' : 'plain']([input, target], [eps], reduction);
}

const gaussian = [0, 0.5 * Math.log(2 * Math.PI)].map((constant) =>
  elementwiseLoss('gaussianNllLoss', (x, y, variance, frozen, eps) => {
    // Limited from below, but with a gradient below the limit too.
    const limited = e.add(variance, e.sub(e.max(frozen, eps), frozen));
    const difference = e.sub(x, y);
    const loss = e.mul(0.5, e.add(e.log(limited), e.div(e.mul(difference, difference), limited)));
    return e.add(loss, constant);
  }),
) as [ElementwiseLoss, ElementwiseLoss];

/**
 * Negative log likelihood of numbers under normal distributions with means `input` and variances `variance`: of the
 * input's shape, or without its last axis, or with a last axis of 1.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianOptions = {},
): Tensor {
  const { reduction = 'mean', full = false, eps = 1e-6 } = options;
  return scope(() => {
    const spread = varianceFor(input, variance);
    return gaussian[full ? 1 : 0]([input, target, spread, detach(spread)], [eps], reduction);
  });
}

function varianceFor({ shape }: Tensor, variance: Tensor): Tensor {
  if (sameShape(variance.shape, shape)) return variance;
  const outer = shape.slice(0, -1);
  if (sameShape(variance.shape, outer)) return unsqueeze(variance, -1);
  if (sameShape(variance.shape, [...outer, 1])) return variance;
  throw new ShapeError(
    `gaussianNllLoss: a variance of shape ${formatShape(variance.shape)} doesn't fit the input's ${formatShape(shape)}`,
  );
}
