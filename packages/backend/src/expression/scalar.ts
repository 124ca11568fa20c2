import { BackendError, roundHalfEven } from '@gradus/storage';
import { erf, erfc } from './error-function.ts';

/**
 * The scalar operations of expressions, with their meaning on numbers. Every backend computes these; the functions
 * here are the reference. Floating-point intermediates may carry more precision than their dtype; integers wrap
 * (`wrapInteger`) after every operation.
 */
export interface ScalarOp {
  readonly arity: 1 | 2 | 3;
  /** `same`: the dtype of the operands; `bool`: a truth value; `branch`: that of the second and third operand. */
  readonly result: 'same' | 'bool' | 'branch';
  readonly evaluate: (a: number, b: number, c: number) => number;
}

const unary = (evaluate: (a: number) => number): ScalarOp => ({ arity: 1, result: 'same', evaluate });
const binary = (evaluate: (a: number, b: number) => number): ScalarOp => ({ arity: 2, result: 'same', evaluate });
const comparison = (test: (a: number, b: number) => boolean): ScalarOp => ({
  arity: 2,
  result: 'bool',
  evaluate: (a, b) => (test(a, b) ? 1 : 0),
});

type SpecialOpName = 'erfinv' | 'lgamma' | 'digamma' | 'zeta';
type Evaluate = ScalarOp['evaluate'];

const provided: Partial<Record<SpecialOpName, Evaluate>> = {};

/** Gives the special functions their meaning: `@gradus/backend/special` does so when it is imported. */
export function provideSpecialOps(functions: Readonly<Record<SpecialOpName, Evaluate>>): void {
  Object.assign(provided, functions);
}

const special = (name: SpecialOpName, arity: 1 | 2): ScalarOp => ({
  arity,
  result: 'same',
  get evaluate(): Evaluate {
    const evaluate = provided[name];
    if (evaluate === undefined) throw new BackendError(`${name}: import '@gradus/backend/special' first`);
    return evaluate;
  },
});

/** The names; what they mean stands in the table. */
export type ScalarOpName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'sqrt'
  | 'exp'
  | 'exp2'
  | 'expm1'
  | 'log'
  | 'log2'
  | 'log10'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'sigmoid'
  | 'erf'
  | 'erfc'
  | 'erfinv'
  | 'lgamma'
  | 'digamma'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'mod'
  | 'fmod'
  | 'pow'
  | 'atan2'
  | 'max'
  | 'min'
  | 'copysign'
  | 'zeta'
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  | 'shl'
  | 'shr'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'select';

export const scalarOps: Readonly<Record<ScalarOpName, ScalarOp>> = {
  neg: unary((a) => -a),
  abs: unary(Math.abs),
  /** -1, 0 or 1; NaN gives NaN. */
  sign: unary(Math.sign),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  /** To the nearest integer, ties to even. */
  round: unary(roundHalfEven),
  trunc: unary(Math.trunc),
  sqrt: unary(Math.sqrt),
  exp: unary(Math.exp),
  exp2: unary((a) => 2 ** a),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log2: unary(Math.log2),
  log10: unary(Math.log10),
  log1p: unary(Math.log1p),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tan: unary(Math.tan),
  asin: unary(Math.asin),
  acos: unary(Math.acos),
  atan: unary(Math.atan),
  sinh: unary(Math.sinh),
  cosh: unary(Math.cosh),
  tanh: unary(Math.tanh),
  asinh: unary(Math.asinh),
  acosh: unary(Math.acosh),
  atanh: unary(Math.atanh),
  /** 1 / (1 + exp(-a)). */
  sigmoid: unary((a) => 1 / (1 + Math.exp(-a))),
  erf: unary(erf),
  erfc: unary(erfc),
  erfinv: special('erfinv', 1),
  /** log |gamma(a)|. */
  lgamma: special('lgamma', 1),
  digamma: special('digamma', 1),

  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  /** Quotient; of integers the quotient truncated towards 0 (0 for a zero divisor). */
  div: binary((a, b) => a / b),
  /** Remainder with the sign of the divisor, as Python's `%`. */
  mod: binary((a, b) => {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  }),
  /** Remainder with the sign of the dividend, as C's `fmod`. */
  fmod: binary((a, b) => a % b),
  /** As C's pow: pow(1, NaN) = 1 and pow(-1, Infinity) = 1, unlike JavaScript's `**`. */
  pow: binary((a, b) => (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b)),
  atan2: binary(Math.atan2),
  /** NaN in either operand gives NaN, for min too. */
  max: binary((a, b) => Math.max(a, b)),
  min: binary((a, b) => Math.min(a, b)),
  /** The magnitude of a with the sign of b (that of -0 too). */
  copysign: binary((a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a))),
  /** Hurwitz zeta: the sum of (k + b)^-a over k = 0, 1, ... */
  zeta: special('zeta', 2),

  /** Bitwise, of integers and bool. */
  and: binary((a, b) => a & b),
  or: binary((a, b) => a | b),
  xor: binary((a, b) => a ^ b),
  not: unary((a) => ~a),
  /** Shifts of integers; counts outside 0 to 31 shift everything out. */
  shl: binary((a, b) => (b < 0 || b > 31 ? 0 : a << b)),
  shr: binary((a, b) => a >> (b < 0 || b > 31 ? 31 : b)),

  eq: comparison((a, b) => a === b),
  ne: comparison((a, b) => a !== b),
  lt: comparison((a, b) => a < b),
  le: comparison((a, b) => a <= b),
  gt: comparison((a, b) => a > b),
  ge: comparison((a, b) => a >= b),

  /** `select(condition, then, otherwise)`: the branch not taken has no influence, NaN included. */
  select: { arity: 3, result: 'branch', evaluate: (a, b, c) => (a !== 0 ? b : c) },
};
