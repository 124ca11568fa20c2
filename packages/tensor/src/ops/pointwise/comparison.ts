import { constant, expressions as e } from '@gradus/backend';
import { isFloat } from '@gradus/storage';
import { type Binary, binary, type Ternary, ternary, type Unary, unary } from './define.ts';

/** Comparisons, tests and logic: bool results, no gradient. And selection by a condition, with gradient. */

export const eq: Binary = binary('eq', (a, b) => e.eq(a, b));
export const ne: Binary = binary('ne', (a, b) => e.ne(a, b));
export const lt: Binary = binary('lt', (a, b) => e.lt(a, b));
export const le: Binary = binary('le', (a, b) => e.le(a, b));
export const gt: Binary = binary('gt', (a, b) => e.gt(a, b));
export const ge: Binary = binary('ge', (a, b) => e.ge(a, b));

export const isnan: Unary = unary('isnan', (x) => e.isNaN(x));
export const isinf: Unary = unary('isinf', (x) => (isFloat(x.dtype) ? e.eq(e.abs(x), Infinity) : constant(0, 'bool')));
export const isfinite: Unary = unary('isfinite', (x) =>
  isFloat(x.dtype) ? e.lt(e.abs(x), Infinity) : constant(1, 'bool'),
);
export const isposinf: Unary = unary('isposinf', (x) => (isFloat(x.dtype) ? e.eq(x, Infinity) : constant(0, 'bool')));
export const isneginf: Unary = unary('isneginf', (x) => (isFloat(x.dtype) ? e.eq(x, -Infinity) : constant(0, 'bool')));
/** Whether the sign bit is set: negative numbers and -0. */
export const signbit: Unary = unary('signbit', (x) =>
  isFloat(x.dtype) ? e.lt(e.copysign(constant(1, x.dtype), x), 0) : e.lt(x, 0),
);

const truth = { compute: 'bool' } as const;
export const logicalAnd: Binary = binary('logicalAnd', (a, b) => e.and(a, b), truth);
export const logicalOr: Binary = binary('logicalOr', (a, b) => e.or(a, b), truth);
export const logicalXor: Binary = binary('logicalXor', (a, b) => e.xor(a, b), truth);
export const logicalNot: Unary = unary('logicalNot', (x) => e.not(x), truth);

const integral = { compute: 'integral' } as const;
export const bitwiseAnd: Binary = binary('bitwiseAnd', (a, b) => e.and(a, b), integral);
export const bitwiseOr: Binary = binary('bitwiseOr', (a, b) => e.or(a, b), integral);
export const bitwiseXor: Binary = binary('bitwiseXor', (a, b) => e.xor(a, b), integral);
export const bitwiseNot: Unary = unary(
  'bitwiseNot',
  (x) => (x.dtype === 'bool' ? e.not(x) : e.bitwiseNot(x)),
  integral,
);
export const bitwiseLeftShift: Binary = binary('bitwiseLeftShift', (a, b) => e.shl(a, b), integral);
export const bitwiseRightShift: Binary = binary('bitwiseRightShift', (a, b) => e.shr(a, b), integral);

/** `a` where the condition holds, else `b`. */
export const where: Ternary = ternary('where', (condition, a, b) => e.select(condition, a, b), { condition: true });
