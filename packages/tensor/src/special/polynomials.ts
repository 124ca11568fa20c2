import { constant, type Expression, expressions as e } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { type Binary, binary, type Operand } from '../ops/pointwise/define.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Orthogonal polynomials in x of degree n (its whole part; 0 for what is none: negative numbers, infinities, NaN) by their recurrences, in one expression:
 * so the degree may differ from element to element, and is limited. Above the limit they are NaN.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

const HIGHEST_DEGREE = 128;

/** From the values of degree k and k - 1 that of degree k + 1. */
type Recurrence = (x: Expression, k: number, current: Expression, before: Expression) => Expression;

/** The physicists' Hermite polynomials: H0 = 1, H1 = 2x, orthogonal with the weight exp(-x^2). */
export const hermitePolynomialH: Polynomial = polynomial(
  'hermitePolynomialH',
  (x) => e.mul(x, 2),
  (x, k, current, before) => e.sub(e.mul(e.mul(x, 2), current), e.mul(before, 2 * k)),
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
  (x, k, current, before) => e.div(e.sub(e.mul(e.sub(2 * k + 1, x), current), e.mul(before, k)), k + 1),
);
/** The Legendre polynomials: P0 = 1, P1 = x, orthogonal on [-1, 1]. */
export const legendrePolynomialP: Polynomial = polynomial(
  'legendrePolynomialP',
  (x) => x,
  (x, k, current, before) => e.div(e.sub(e.mul(e.mul(x, 2 * k + 1), current), e.mul(before, k)), k + 1),
);

/** x and n are tensors or numbers, not both numbers. */
export type Polynomial = (x: Operand, n: Operand) => Tensor;

function polynomial(name: string, first: (x: Expression) => Expression, step: Recurrence): Polynomial {
  const op: Binary = binary(name, (x, n) => ofDegree(x, e.trunc(n), first, step), { compute: 'float' });
  return (x, n) => {
    if (typeof n === 'number' && n > HIGHEST_DEGREE)
      throw new ArgumentError(`${name}: degrees go up to ${HIGHEST_DEGREE}, got ${n}`);
    return op(x, n);
  };
}

/** Steps beyond the degree keep what is there: they could overflow. */
function ofDegree(x: Expression, n: Expression, first: (x: Expression) => Expression, step: Recurrence): Expression {
  let before: Expression = constant(1, x.dtype);
  let current = first(x);
  for (let k = 1; k < HIGHEST_DEGREE; k++) {
    const isLower = e.gt(n, k);
    const next = e.select(isLower, step(x, k, current, before), current);
    before = e.select(isLower, current, before);
    current = next;
  }
  const known = e.select(e.gt(n, HIGHEST_DEGREE), Number.NaN, current);
  const isDegree = e.and(e.gt(n, 0), e.lt(n, Infinity));
  return e.select(e.eq(n, 0), 1, e.select(isDegree, known, 0));
}
