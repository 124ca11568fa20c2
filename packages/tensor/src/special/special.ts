import { type Expression, expressions as e, input, mapProgram } from '@gradus/backend';
import { ArgumentError, isFloat } from '@gradus/storage';
import { map } from '../launch/index.ts';
import { type Operand, type Pointwise, pointwise, type Unary, unary } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';
import { digamma } from './gamma.ts';

/** Special functions that take parameters. */

/**
 * log(x / (1 - x)); with `eps`, of x limited to [eps, 1 - eps].
 *
 * @see https://pytorch.org/docs/stable/special.html#torch.special.logit
 */
export function logit(x: Tensor, options: { readonly eps?: number } = {}): Tensor {
  return options.eps === undefined ? plainLogit(x) : limitedLogit(x, options.eps, 1 - options.eps);
}

type Limited = Pointwise<Tensor, [low: Operand, high: Operand]>;

const odds = (x: Expression): Expression => e.log(e.div(x, e.sub(1, x)));

/** NaN outside of [0, 1], and so is the gradient. */
const plainLogit: Unary = unary('logit', (x) => e.select(e.or(e.lt(x, 0), e.gt(x, 1)), e.mul(x, Number.NaN), odds(x)), {
  compute: 'float',
});

const limitedLogit: Limited = pointwise(
  'logit',
  (x, low, high) => odds(e.select(e.lt(x, low), low, e.select(e.gt(x, high), high, x))),
  { compute: 'float' },
);

/**
 * The n-th derivative of digamma.
 *
 * @see https://pytorch.org/docs/stable/special.html#torch.special.polygamma
 */
export function polygamma(x: Tensor, n: number): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`polygamma: n must be a non-negative integer, got ${n}`);
  if (n === 0) return digamma(x);
  let factor = -1;
  for (let k = 1; k <= n; k++) factor *= -k;
  return scaledZeta(x, n + 1, factor);
}

const scaledZeta: Limited = pointwise('polygamma', (x, order, factor) => e.mul(factor, e.zeta(order, x)), {
  compute: 'float',
});

/**
 * The logarithm of the multivariate gamma function of dimension p.
 *
 * @see https://pytorch.org/docs/stable/special.html#torch.special.multigammaln
 */
export function mvlgamma(x: Tensor, p: number): Tensor {
  if (!Number.isInteger(p) || p < 1) throw new ArgumentError(`mvlgamma: p must be a positive integer, got ${p}`);
  const dtype = isFloat(x.dtype) ? x.dtype : 'float32';
  const element = e.cast(input(0, x.dtype), dtype);
  const terms = Array.from({ length: p }, (_, i) => e.lgamma(e.sub(element, i / 2)));
  const constant = ((p * (p - 1)) / 4) * Math.log(Math.PI);
  return map('mvlgamma', mapProgram([x.dtype], [], [e.add(terms.reduce(e.add), constant)]), [x]);
}
