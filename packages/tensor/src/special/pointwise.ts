import { constant, type Expression, expressions as e } from '@gradus/backend';
import { type Unary, unary } from '../ops/pointwise/define.ts';

/**
 * Special functions: the normal distribution, entropy, the Riemann and Bessel families. Integers are lifted to float32.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

const float = { compute: 'float' } as const;

/** exp(x^2) erfc(x), without overflow for positive x. The forms at infinities have PyTorch's gradients: NaN and infinite. */
export const erfcx: Unary = unary(
  'erfcx',
  (x) => {
    const square = e.mul(x, x);
    const limit = e.select(e.gt(x, 0), e.exp(e.neg(square)), square);
    return e.select(e.eq(e.abs(x), Infinity), limit, scaledErfc(x));
  },
  float,
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
/** -x log(x): 0 at 0, -Infinity below. The roundabout forms there have PyTorch's gradients: infinite at 0, NaN below. */
export const entr: Unary = unary(
  'entr',
  (x) => e.select(e.gt(x, 0), e.neg(e.mul(x, e.log(x))), e.select(e.lt(x, 0), e.log(e.mul(x, 0)), e.sqrt(x))),
  float,
);
/** The modified Bessel function of the first kind, order 0. */
export const i0: Unary = unary('i0', (x) => besselI(0, x, false), float);
/** exp(-|x|) i0(x). */
export const i0e: Unary = unary('i0e', (x) => besselI(0, x, true), float);
/** The modified Bessel function of the first kind, order 1. */
export const i1: Unary = unary('i1', (x) => besselI(1, x, false), float);
/** exp(-|x|) i1(x). */
export const i1e: Unary = unary('i1e', (x) => besselI(1, x, true), float);

/** exp(x^2) erfc(x): a continued fraction from 2.5 on, where both factors would leave their range. (Abramowitz & Stegun 7.1.14.) */
function scaledErfc(x: Expression): Expression {
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = e.add(x, e.div(n / 2, fraction));
  return e.select(e.lt(x, 2.5), e.mul(e.exp(e.mul(x, x)), e.erfc(x)), e.div(1 / Math.sqrt(Math.PI), fraction));
}

/** The power series up to 15, the asymptotic one from there. (Abramowitz & Stegun 9.6.10, 9.7.1.) */
function besselI(order: 0 | 1, x: Expression, scaled: boolean): Expression {
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
