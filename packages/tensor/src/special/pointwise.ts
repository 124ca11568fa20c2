import { constant, type Expression, expressions as e } from '@gradus/backend';
import { type Unary, unary } from '../ops/pointwise/define.ts';
import { abs, add, div, gt, log, mul, reciprocal, sign, sub, where } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { type Elementwise, withDerivative } from './with-derivative.ts';

/**
 * Special functions: the normal distribution, entropy, the Riemann and Bessel families. Integers are lifted to float32.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

const float = { compute: 'float' } as const;

/** exp(x^2) erfc(x), without overflow for positive x. */
export const erfcx: Elementwise = withDerivative(
  'erfcx',
  unary('erfcx', (x) => e.select(e.eq(x, Infinity), 0, e.select(e.eq(x, -Infinity), Infinity, scaledErfc(x))), float),
  (x, y) => sub(mul(mul(x, 2), y), 2 / Math.sqrt(Math.PI)),
);
/** The normal distribution function. */
export const ndtr: Unary = unary('ndtr', (x) => e.mul(e.erfc(e.mul(x, -Math.SQRT1_2)), 0.5), float);
/** The logarithm of the normal distribution function, accurate far below 0. */
export const logNdtr: Unary = unary(
  'logNdtr',
  (x) => {
    const scaled = e.mul(x, Math.SQRT1_2);
    const tail = e.sub(e.log(e.mul(scaledErfc(e.neg(scaled)), 0.5)), e.mul(scaled, scaled));
    return e.select(e.lt(x, -1), tail, e.log1p(e.mul(e.erfc(scaled), -0.5)));
  },
  float,
);
/** -x log(x): 0 at 0, -Infinity below. */
export const entr: Elementwise = withDerivative(
  'entr',
  unary('entr', (x) => e.select(e.lt(x, 0), -Infinity, e.select(e.eq(x, 0), 0, e.neg(e.mul(x, e.log(x))))), float),
  (x) => sub(-1, log(x)),
);
/** The modified Bessel function of the first kind, order 0. */
export const i0: Elementwise = withDerivative('i0', besselI('i0', 0, false), (x) => i1(x));
/** exp(-|x|) i0(x). */
export const i0e: Elementwise = withDerivative('i0e', besselI('i0e', 0, true), (x, y) => sub(i1e(x), mul(sign(x), y)));
/** The modified Bessel function of the first kind, order 1. */
export const i1: Elementwise = withDerivative('i1', besselI('i1', 1, false), (x, y) =>
  halfAtZero(x, (divisor) => sub(i0(divisor), div(y, divisor))),
);
/** exp(-|x|) i1(x). */
export const i1e: Elementwise = withDerivative('i1e', besselI('i1e', 1, true), (x, y) =>
  halfAtZero(x, (divisor) => sub(i0e(divisor), mul(y, add(sign(divisor), reciprocal(divisor))))),
);

/** A slope that divides by x, and is 1/2 at 0 (and, as in PyTorch, at NaN). */
function halfAtZero(x: Tensor, slope: (divisor: Tensor) => Tensor): Tensor {
  const isDivisor = gt(abs(x), 0);
  return where(isDivisor, slope(where(isDivisor, x, 1)), 0.5);
}

/** exp(x^2) erfc(x): a continued fraction from 2.5 on, where both factors would leave their range. (Abramowitz & Stegun 7.1.14.) */
function scaledErfc(x: Expression): Expression {
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = e.add(x, e.div(n / 2, fraction));
  return e.select(e.lt(x, 2.5), e.mul(e.exp(e.mul(x, x)), e.erfc(x)), e.div(1 / Math.sqrt(Math.PI), fraction));
}

/** The power series up to 15, the asymptotic one from there. (Abramowitz & Stegun 9.6.10, 9.7.1.) */
function besselI(name: string, order: 0 | 1, scaled: boolean): Unary {
  return unary(name, (x) => besselIOf(x, order, scaled), float);
}

function besselIOf(x: Expression, order: 0 | 1, scaled: boolean): Expression {
  const size = e.abs(x);
  const square = e.mul(e.mul(x, x), 0.25);
  const series = nested(45, (k) => e.mul(square, 1 / (k * (k + order))), x);
  const small = order === 0 ? series : e.mul(e.mul(x, 0.5), series);
  const inverse = e.div(1, size);
  const tail = nested(18, (k) => e.mul(inverse, ((2 * k - 1) ** 2 - 4 * order ** 2) / (8 * k)), x);
  const root = e.div(tail, e.sqrt(e.mul(size, 2 * Math.PI)));
  const decayed = order === 0 ? root : e.mul(root, e.sign(x));
  const grown = scaled ? decayed : e.mul(decayed, e.exp(size));
  return e.select(e.le(size, 15), scaled ? e.mul(small, e.exp(e.neg(size))) : small, grown);
}

/** 1 + f(1) (1 + f(2) (1 + ... f(count))). */
function nested(count: number, factor: (k: number) => Expression, x: Expression): Expression {
  let sum: Expression = constant(1, x.dtype);
  for (let k = count; k > 0; k--) sum = e.add(e.mul(factor(k), sum), 1);
  return sum;
}
