import { type Expression, expressions as e, type ScalarOpName } from '@gradus/backend';
import { type DType, isFloat } from '@gradus/storage';

type Parts = readonly (Expression | null)[];

/**
 * For every scalar operation y = op(a, b, c): the gradients of its operands given that of y, with PyTorch's conventions
 * at kinks. `null` stands for zero everywhere.
 *
 * @see https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml for the conventions
 */
type Partial = (g: Expression, operands: readonly [Expression, Expression, Expression], y: Expression) => Parts;

const none: Partial = () => [];
const square = (x: Expression): Expression => e.mul(x, x);

export const partials: Readonly<Record<ScalarOpName, Partial>> = {
  neg: (g) => [e.neg(g)],
  // Of NaN 0, as its sign is.
  abs: (g, [a]) => [e.mul(g, e.select(e.isNaN(a), 0, e.sign(a)))],
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  trunc: none,
  sqrt: (g, _, y) => [e.div(g, e.mul(2, y))],
  exp: (g, _, y) => [e.mul(g, y)],
  exp2: (g, _, y) => [e.mul(e.mul(g, y), Math.LN2)],
  expm1: (g, _, y) => [e.mul(g, e.add(y, 1))],
  log: (g, [a]) => [e.div(g, a)],
  log2: (g, [a]) => [e.div(g, e.mul(a, Math.LN2))],
  log10: (g, [a]) => [e.div(g, e.mul(a, Math.LN10))],
  log1p: (g, [a]) => [e.div(g, e.add(a, 1))],
  sin: (g, [a]) => [e.mul(g, e.cos(a))],
  cos: (g, [a]) => [e.mul(g, e.neg(e.sin(a)))],
  tan: (g, _, y) => [e.mul(g, e.add(1, square(y)))],
  asin: (g, [a]) => [e.div(g, e.sqrt(e.sub(1, square(a))))],
  acos: (g, [a]) => [e.neg(e.div(g, e.sqrt(e.sub(1, square(a)))))],
  atan: (g, [a]) => [e.div(g, e.add(square(a), 1))],
  sinh: (g, [a]) => [e.mul(g, e.cosh(a))],
  cosh: (g, [a]) => [e.mul(g, e.sinh(a))],
  tanh: (g, _, y) => [e.mul(g, e.sub(1, square(y)))],
  asinh: (g, [a]) => [e.div(g, e.sqrt(e.add(square(a), 1)))],
  acosh: (g, [a]) => [e.div(g, e.sqrt(e.sub(square(a), 1)))],
  atanh: (g, [a]) => [e.div(g, e.sub(1, square(a)))],
  sigmoid: (g, _, y) => [e.mul(g, e.mul(e.sub(1, y), y))],
  erf: (g, [a]) => [e.mul(g, e.mul(2 / Math.sqrt(Math.PI), e.exp(e.neg(square(a)))))],
  erfc: (g, [a]) => [e.mul(g, e.mul(-2 / Math.sqrt(Math.PI), e.exp(e.neg(square(a)))))],
  erfinv: (g, _, y) => [e.mul(g, e.mul(Math.sqrt(Math.PI) / 2, e.exp(square(y))))],
  lgamma: (g, [a]) => [e.mul(g, e.digamma(a))],
  digamma: (g, [a]) => [e.mul(g, e.zeta(2, a))],

  add: (g) => [g, g],
  sub: (g) => [g, e.neg(g)],
  mul: (g, [a, b]) => [e.mul(g, b), e.mul(g, a)],
  div: (g, [, b], y) => [e.div(g, b), e.neg(e.mul(g, e.div(y, b)))],
  mod: (g, [a, b]) => [g, e.neg(e.mul(g, floorQuotient(a, b)))],
  fmod: (g, [a, b]) => [g, e.neg(e.mul(g, e.trunc(e.div(a, b))))],
  pow: (g, [a, b], y) => [
    e.select(e.eq(b, 0), 0, e.mul(g, e.mul(b, e.pow(a, e.sub(b, 1))))),
    e.select(e.and(e.eq(a, 0), e.ge(b, 0)), 0, e.mul(g, e.mul(y, e.log(a)))),
  ],
  atan2: (g, [a, b]) => {
    const scaled = e.div(g, e.add(square(a), square(b)));
    return [e.mul(scaled, b), e.mul(scaled, e.neg(a))];
  },
  max: (g, [a, b]) => [shareTies(g, a, b, e.lt), shareTies(g, b, a, e.lt)],
  min: (g, [a, b]) => [shareTies(g, a, b, e.gt), shareTies(g, b, a, e.gt)],
  copysign: (g, [a], y) => [e.select(e.eq(a, 0), 0, e.mul(g, e.div(y, a)))],
  // In its first operand zeta has no closed derivative.
  zeta: (g, [a, b]) => [null, e.mul(g, e.neg(e.mul(a, e.zeta(e.add(a, 1), b))))],

  and: none,
  or: none,
  xor: none,
  not: none,
  shl: none,
  shr: none,
  eq: none,
  ne: none,
  lt: none,
  le: none,
  gt: none,
  ge: none,
  select: (g, [condition]) => [null, e.select(condition, g, 0), e.select(condition, 0, g)],
};

/** The gradient of the chosen one of two; equal ones get half each, and with NaN both all of it. */
function shareTies(
  g: Expression,
  mine: Expression,
  other: Expression,
  loses: (a: Expression, b: Expression) => Expression,
): Expression {
  return e.select(loses(mine, other), 0, e.select(e.eq(mine, other), e.div(g, 2), g));
}

/** floor(a / b) from the remainder, so that rounding of the quotient can't lift it over an integer. */
function floorQuotient(a: Expression, b: Expression): Expression {
  const rest = e.fmod(a, b);
  return e.add(e.round(e.div(e.sub(a, rest), b)), e.floor(e.div(rest, b)));
}

/** A conversion's gradient is converted back; integers have none. */
export function castPartial(from: DType, g: Expression): Expression | null {
  return isFloat(from) ? e.cast(g, from) : null;
}
