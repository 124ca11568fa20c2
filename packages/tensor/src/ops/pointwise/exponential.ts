import { type Expression, expressions as e } from '@gradus/backend';
import { type Binary, binary, type Unary, unary } from './define.ts';

/** Exponentials, logarithms and the functions around the normal and gamma distributions. Integers are lifted to float32. */

const float = { compute: 'float' } as const;

export const exp: Unary = unary('exp', (x) => e.exp(x), float);
export const exp2: Unary = unary('exp2', (x) => e.exp2(x), float);
/** exp(x) - 1, accurate near 0. */
export const expm1: Unary = unary('expm1', (x) => e.expm1(x), float);
export const log: Unary = unary('log', (x) => e.log(x), float);
export const log2: Unary = unary('log2', (x) => e.log2(x), float);
export const log10: Unary = unary('log10', (x) => e.log10(x), float);
/** log(1 + x), accurate near 0. */
export const log1p: Unary = unary('log1p', (x) => e.log1p(x), float);
/** log(exp(a) + exp(b)) without overflow. */
export const logaddexp: Binary = binary('logaddexp', (a, b) => logSum(a, b, e.exp, e.log1p), float);
/** log2(2^a + 2^b) without overflow. */
export const logaddexp2: Binary = binary(
  'logaddexp2',
  (a, b) => logSum(a, b, e.exp2, (x) => e.mul(e.log1p(x), Math.LOG2E)),
  float,
);
/** x * log(y); 0 where x is 0, unless y is NaN. */
export const xlogy: Binary = binary('xlogy', (x, y) => zeroTimes(x, y, e.log(y)), float);
/** x * log(1 + y); 0 where x is 0, unless y is NaN. */
export const xlog1py: Binary = binary('xlog1py', (x, y) => zeroTimes(x, y, e.log1p(y)), float);

export const sigmoid: Unary = unary('sigmoid', (x) => e.sigmoid(x), float);
export const erf: Unary = unary('erf', (x) => e.erf(x), float);
export const erfc: Unary = unary('erfc', (x) => e.erfc(x), float);

function logSum(
  a: Expression,
  b: Expression,
  power: (x: Expression) => Expression,
  log1p: (x: Expression) => Expression,
): Expression {
  const above = (high: Expression, low: Expression): Expression => e.add(high, log1p(power(e.sub(low, high))));
  const equalInfinities = e.and(e.eq(a, b), e.eq(e.abs(a), Infinity));
  return e.select(equalInfinities, a, e.select(e.gt(a, b), above(a, b), above(b, a)));
}

/** The gradient in x = 0 is the logarithm, where there is one. */
function zeroTimes(x: Expression, y: Expression, logarithm: Expression): Expression {
  const isFinite = e.lt(e.abs(logarithm), Infinity);
  return e.select(e.or(e.or(isFinite, e.ne(x, 0)), e.isNaN(y)), e.mul(x, logarithm), 0);
}
