import { constant, type Expression, expressions as e } from '@gradus/backend';
import { scope } from '../memory.ts';
import { type Binary, binary, type Operand, type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Orthogonal polynomials in x of degree n (its whole part; 0 for what is none: negative numbers, NaN, 2^63 and above)
 * by their recurrences. Up to degree 128 that is one expression, so the degree may differ from element to element; a number
 * may be higher, at a launch per step, and an element of a tensor that is higher gives NaN.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

const HIGHEST_DEGREE = 128;
/** PyTorch reads degrees as int64. */
const NO_DEGREE = 2 ** 63;

/** From the values of degree k and k - 1 that of degree k + 1. */
type Recurrence = (x: Expression, k: Expression, current: Expression, before: Expression) => Expression;

/** The physicists' Hermite polynomials: H0 = 1, H1 = 2x, orthogonal with the weight exp(-x^2). */
export const hermitePolynomialH: Polynomial = polynomial(
  'hermitePolynomialH',
  (x) => e.mul(x, 2),
  (x, k, current, before) => e.sub(e.mul(e.mul(x, 2), current), e.mul(before, e.mul(k, 2))),
);
/** The probabilists' Hermite polynomials: He0 = 1, He1 = x, orthogonal with the weight exp(-x^2 / 2). */
export const hermitePolynomialHe: Polynomial = polynomial(
  'hermitePolynomialHe',
  (x) => x,
  (x, k, current, before) => e.sub(e.mul(x, current), e.mul(before, k)),
);
/** The Laguerre polynomials: L0 = 1, L1 = 1 - x, orthogonal on [0, Infinity) with the weight exp(-x). */
export const laguerrePolynomialL: Polynomial = polynomial(
  'laguerrePolynomialL',
  (x) => e.sub(1, x),
  (x, k, current, before) => e.div(e.sub(e.mul(e.sub(odd(k), x), current), e.mul(before, k)), e.add(k, 1)),
);
/** The Legendre polynomials: P0 = 1, P1 = x, orthogonal on [-1, 1]. */
export const legendrePolynomialP: Polynomial = polynomial(
  'legendrePolynomialP',
  (x) => x,
  (x, k, current, before) => e.div(e.sub(e.mul(e.mul(x, odd(k)), current), e.mul(before, k)), e.add(k, 1)),
);

function odd(k: Expression): Expression {
  return e.add(e.mul(k, 2), 1);
}

/** x and n are tensors or numbers, not both numbers. */
export type Polynomial = (x: Operand, n: Operand) => Tensor;

type Step = Pointwise<Tensor, [k: number, current: Tensor, before: Tensor]>;

function polynomial(name: string, first: (x: Expression) => Expression, step: Recurrence): Polynomial {
  const op: Binary = binary(name, (x, n) => ofDegree(x, e.trunc(n), first, step), { compute: 'float' });
  const next: Step = pointwise(name, (x, k, current, before) => step(x, k, current, before), { compute: 'float' });
  return (x, n) => {
    if (typeof x !== 'object' || typeof n !== 'number' || !(n > HIGHEST_DEGREE && n < NO_DEGREE)) return op(x, n);
    return scope(() => {
      let [before, current] = [op(x, HIGHEST_DEGREE - 1), op(x, HIGHEST_DEGREE)];
      for (let k = HIGHEST_DEGREE; k <= n - 1; k++) [before, current] = [current, next(x, k, current, before)];
      return current;
    });
  };
}

/** Steps beyond the degree keep what is there: they could overflow. */
function ofDegree(x: Expression, n: Expression, first: (x: Expression) => Expression, step: Recurrence): Expression {
  let before: Expression = constant(1, x.dtype);
  let current = first(x);
  for (let k = 1; k < HIGHEST_DEGREE; k++) {
    const isLower = e.gt(n, k);
    const next = e.select(isLower, step(x, constant(k, x.dtype), current, before), current);
    before = e.select(isLower, current, before);
    current = next;
  }
  const known = e.select(e.gt(n, HIGHEST_DEGREE), Number.NaN, current);
  return e.select(e.eq(n, 0), 1, e.select(isDegree(n), known, 0));
}

/** Whether a number other than 0 is a degree. */
export function isDegree(n: Expression): Expression {
  return e.and(e.gt(n, 0), e.lt(n, NO_DEGREE));
}
