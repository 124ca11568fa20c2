import { type Expression, expressions as e } from '@gradus/backend';
import { type Binary, binary } from '../ops/pointwise/define.ts';
import { isDegree } from './polynomials.ts';

/**
 * Chebyshev polynomials of the four kinds in x, of order n (its whole part; 0 for what is none: negative numbers, NaN,
 * 2^63 and above), in closed form.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

/** One kind in terms of the angle: x is cos(angle) within [-1, 1] and cosh(angle) above. */
interface Kind {
  within(n: Expression, angle: Expression): Expression;
  above(n: Expression, angle: Expression): Expression;
  /** The value at 1. */
  atOne(n: Expression): Expression;
}

const half = (x: Expression): Expression => e.mul(x, 0.5);
const plus = (n: Expression, shift: number, angle: Expression): Expression => e.mul(e.add(n, shift), angle);
const odd = (n: Expression): Expression => e.add(e.mul(n, 2), 1);

const first: Kind = {
  within: (n, angle) => e.cos(e.mul(n, angle)),
  above: (n, angle) => e.cosh(e.mul(n, angle)),
  atOne: (n) => e.add(e.mul(n, 0), 1),
};
const second: Kind = {
  within: (n, angle) => e.div(e.sin(plus(n, 1, angle)), e.sin(angle)),
  above: (n, angle) => e.div(e.sinh(plus(n, 1, angle)), e.sinh(angle)),
  atOne: (n) => e.add(n, 1),
};
const third: Kind = {
  within: (n, angle) => e.div(e.cos(plus(n, 0.5, angle)), e.cos(half(angle))),
  above: (n, angle) => e.div(e.cosh(plus(n, 0.5, angle)), e.cosh(half(angle))),
  atOne: first.atOne,
};
const fourth: Kind = {
  within: (n, angle) => e.div(e.sin(plus(n, 0.5, angle)), e.sin(half(angle))),
  above: (n, angle) => e.div(e.sinh(plus(n, 0.5, angle)), e.sinh(half(angle))),
  atOne: odd,
};

/** cos(n acos(x)). */
export const chebyshevPolynomialT: Binary = plain('chebyshevPolynomialT', first, first);
/** sin((n + 1) acos(x)) / sin(acos(x)). */
export const chebyshevPolynomialU: Binary = plain('chebyshevPolynomialU', second, second);
/** cos((n + 1/2) acos(x)) / cos(acos(x) / 2). */
export const chebyshevPolynomialV: Binary = plain('chebyshevPolynomialV', third, fourth);
/** sin((n + 1/2) acos(x)) / sin(acos(x) / 2). */
export const chebyshevPolynomialW: Binary = plain('chebyshevPolynomialW', fourth, third);
/** `chebyshevPolynomialT` of 2x - 1. */
export const shiftedChebyshevPolynomialT: Binary = shifted('shiftedChebyshevPolynomialT', first, first);
/** `chebyshevPolynomialU` of 2x - 1. */
export const shiftedChebyshevPolynomialU: Binary = shifted('shiftedChebyshevPolynomialU', second, second);
/** `chebyshevPolynomialV` of 2x - 1. */
export const shiftedChebyshevPolynomialV: Binary = shifted('shiftedChebyshevPolynomialV', third, fourth);
/** `chebyshevPolynomialW` of 2x - 1. */
export const shiftedChebyshevPolynomialW: Binary = shifted('shiftedChebyshevPolynomialW', fourth, third);

/** At -x every polynomial is, but for its sign, its mirrored kind's at x. */
function plain(name: string, kind: Kind, mirrored: Kind): Binary {
  return binary(name, (x, n) => polynomial(x, e.trunc(n), kind, mirrored), { compute: 'float' });
}

function shifted(name: string, kind: Kind, mirrored: Kind): Binary {
  return binary(name, (x, n) => polynomial(e.sub(e.mul(x, 2), 1), e.trunc(n), kind, mirrored), { compute: 'float' });
}

function polynomial(x: Expression, n: Expression, kind: Kind, mirrored: Kind): Expression {
  const size = e.abs(x);
  const angle = e.acosh(size);
  const isNegative = e.lt(x, 0);
  const flips = e.and(isNegative, e.ne(e.mod(n, 2), 0));
  const outside = (at: (kind: Kind) => Expression): Expression => {
    const value = e.select(isNegative, at(mirrored), at(kind));
    return e.select(flips, e.neg(value), value);
  };
  const atEnds = outside((one) => one.atOne(n));
  const beyond = outside((one) => one.above(n, angle));
  const value = e.select(e.eq(size, 1), atEnds, e.select(e.lt(size, 1), kind.within(n, e.acos(x)), beyond));
  return e.select(e.eq(n, 0), 1, e.select(isDegree(n), value, 0));
}
