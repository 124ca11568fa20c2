import { type Expression, expressions as e } from '@gradus/backend';
import { isFloat } from '@gradus/storage';
import type { Tensor } from '../../tensor.ts';
import {
  type Binary,
  binary,
  type Operand,
  type Pointwise,
  pointwise,
  type Ternary,
  ternary,
  type Unary,
  unary,
} from './define.ts';

type Fused = Pointwise<Operand, [a: Operand, b: Operand, value?: Operand]>;
type ReverseSub = Pointwise<Tensor, [b: Operand, alpha?: Operand]>;
type Replace = Pointwise<Tensor, [nan: Operand, high: Operand, low: Operand]>;

/** Arithmetic. Integers stay integers (and wrap); division and roots give floats. */

export const add: Binary = binary('add', (a, b) => e.add(a, b));
export const sub: Binary = binary('sub', (a, b) => e.sub(a, b));
/** b - alpha * a; alpha is 1 if left out. */
export const rsub: ReverseSub = pointwise('rsub', (a, b, alpha) => e.sub(b, e.mul(alpha, a)), { defaults: [1] });
export const mul: Binary = binary('mul', (a, b) => e.mul(a, b));
/** True division: integers give float32. */
export const div: Binary = binary('div', (a, b) => e.div(a, b), { compute: 'float' });
/** The quotient rounded towards negative infinity; dtype kept. */
export const floorDivide: Binary = binary('floorDivide', (a, b) => floorQuotient(a, b));
/** The quotient rounded towards 0; dtype kept. */
export const truncDivide: Binary = binary('truncDivide', (a, b) =>
  isFloat(a.dtype) ? e.trunc(e.div(a, b)) : e.div(a, b),
);
/** Remainder with the sign of the divisor, as Python's `%`. */
export const remainder: Binary = binary('remainder', (a, b) => e.mod(a, b));
/** Remainder with the sign of the dividend, as C's `fmod`. */
export const fmod: Binary = binary('fmod', (a, b) => e.fmod(a, b));
export const pow: Binary = binary('pow', (a, b) => e.pow(a, b));
/** `pow` in float64, whatever the operands are. */
export const floatPower: Binary = binary('floatPower', (a, b) => e.pow(a, b), { compute: 'float64' });
/** x + value * a * b; value is 1 if left out, and a whole number for integers. */
export const addcmul: Fused = pointwise('addcmul', (x, a, b, value) => e.add(x, e.mul(e.mul(value, a), b)), {
  compute: 'tensors',
  defaults: [1],
});
/** x + value * a / b; value is 1 if left out. */
export const addcdiv: Fused = pointwise('addcdiv', (x, a, b, value) => e.add(x, e.div(e.mul(value, a), b)), {
  defaults: [1],
});
/** start + weight * (end - start), by the form that is exact at the nearer end. */
export const lerp: Ternary = ternary('lerp', (start, end, weight) => {
  const span = e.sub(end, start);
  const nearStart = e.add(start, e.mul(weight, span));
  const nearEnd = e.sub(end, e.mul(span, e.sub(1, weight)));
  return e.select(e.lt(e.abs(weight), 0.5), nearStart, nearEnd);
});

export const neg: Unary = unary('neg', (x) => e.neg(x));
export const abs: Unary = unary('abs', (x) => e.abs(x));
/** -1, 0 or 1. */
export const sign: Unary = unary('sign', (x) => e.select(e.isNaN(x), 0, e.sign(x)));
/** The angle in the complex plane: 0 for numbers from 0 on, pi below. */
export const angle: Unary = unary('angle', (x) => e.select(e.lt(x, 0), Math.PI, e.mul(e.sign(e.abs(x)), 0)), {
  compute: 'float',
});
/** x * x; of bool, int32. */
export const square: Unary = unary('square', (x) => {
  const number = x.dtype === 'bool' ? e.cast(x, 'int32') : x;
  return e.mul(number, number);
});
export const sqrt: Unary = unary('sqrt', (x) => e.sqrt(x), { compute: 'float' });
export const rsqrt: Unary = unary('rsqrt', (x) => e.div(1, e.sqrt(x)), { compute: 'float' });
export const reciprocal: Unary = unary('reciprocal', (x) => e.div(1, x), { compute: 'float' });

export const floor: Unary = unary('floor', (x) => rounded(x, e.floor));
export const ceil: Unary = unary('ceil', (x) => rounded(x, e.ceil));
export const trunc: Unary = unary('trunc', (x) => rounded(x, e.trunc));
/** To the nearest integer, ties to even. */
export const round: Unary = unary('round', (x) => rounded(x, e.round));
/** The part after the point, with the sign of x. */
export const frac: Unary = unary('frac', (x) => e.sub(x, e.trunc(x)));

/** Elementwise maximum; NaN in either operand gives NaN. */
export const maximum: Binary = binary('maximum', (a, b) => e.max(a, b));
export const minimum: Binary = binary('minimum', (a, b) => e.min(a, b));
/** Elementwise maximum that prefers numbers to NaN. */
export const fmax: Binary = binary('fmax', (a, b) => preferNumber(a, b, e.ge));
export const fmin: Binary = binary('fmin', (a, b) => preferNumber(a, b, e.le));
/** sqrt(a^2 + b^2) without overflow on the way. */
export const hypot: Binary = binary('hypot', (a, b) => hypotenuse(a, b), { compute: 'float' });
/** The magnitude of a with the sign of b. */
export const copysign: Binary = binary('copysign', (a, b) => e.copysign(a, b), { compute: 'float' });
/** 0 where x < 0, `values` where x == 0, 1 where x > 0. */
export const heaviside: Binary = binary('heaviside', (x, values) =>
  e.select(e.eq(x, 0), values, e.cast(e.gt(x, 0), x.dtype)),
);
/** x * 2^exponent. */
export const ldexp: Binary = binary('ldexp', (x, exponent) => e.mul(x, e.exp2(exponent)), { compute: 'float' });
/** NaN and infinities replaced by numbers. */
export const replaceNonFinite: Replace = pointwise('nanToNum', (x, nan, high, low) =>
  isFloat(x.dtype)
    ? e.select(e.isNaN(x), nan, e.select(e.eq(x, Infinity), high, e.select(e.eq(x, -Infinity), low, x)))
    : x,
);
/** x limited to [low, high]; NaN stays. Where low > high the result is high, as in PyTorch. */
export const clampBetween: Ternary = ternary('clamp', (x, low, high) => atMost(atLeast(x, low), high));
export const clampMin: Binary = binary('clampMin', (x, low) => atLeast(x, low));
export const clampMax: Binary = binary('clampMax', (x, high) => atMost(x, high));

export const deg2rad: Unary = unary('deg2rad', (x) => e.mul(x, Math.PI / 180), { compute: 'float' });
export const rad2deg: Unary = unary('rad2deg', (x) => e.mul(x, 180 / Math.PI), { compute: 'float' });

/** max(x, low) whose gradient at x = low is x's; at NaN there is none. */
function atLeast(x: Expression, low: Expression): Expression {
  return e.select(e.ge(x, low), x, limitOrNaN(x, low));
}

function atMost(x: Expression, high: Expression): Expression {
  return e.select(e.le(x, high), x, limitOrNaN(x, high));
}

function limitOrNaN(x: Expression, limit: Expression): Expression {
  return e.select(e.or(e.isNaN(x), e.isNaN(limit)), Number.NaN, limit);
}

/** Integers are whole already. */
function rounded(x: Expression, round: (x: Expression) => Expression): Expression {
  return isFloat(x.dtype) ? round(x) : x;
}

/** floor(a / b) from the remainder, so that rounding of the quotient can't lift it over an integer. */
function floorQuotient(a: Expression, b: Expression): Expression {
  if (!isFloat(a.dtype)) return e.div(e.sub(a, e.mod(a, b)), b);
  const quotient = e.round(e.div(e.sub(a, e.mod(a, b)), b));
  return e.select(e.eq(b, 0), e.div(a, b), quotient);
}

function preferNumber(a: Expression, b: Expression, better: (a: Expression, b: Expression) => Expression): Expression {
  return e.select(e.or(better(a, b), e.isNaN(b)), a, b);
}

/** Both are divided by a power of two near the larger one, a constant to their derivatives. */
function hypotenuse(a: Expression, b: Expression): Expression {
  const high = e.max(e.abs(a), e.abs(b));
  // A little less than all of the exponent: it stays within range at both its ends.
  const scale = e.exp2(e.floor(e.mul(e.log2(high), 0.99)));
  const unit = e.select(e.and(e.gt(high, 0), e.lt(high, Infinity)), scale, 1);
  const [x, y] = [e.div(a, unit), e.div(b, unit)];
  return e.mul(unit, e.sqrt(e.add(e.mul(x, x), e.mul(y, y))));
}
