import { type Expression, expressions as e } from '@gradus/backend';

/** Expressions that several losses are made of. */

/** log(1 + exp(x)) without overflow. */
export function softplus(x: Expression): Expression {
  return e.select(e.gt(x, 0), e.add(x, e.log1p(e.exp(e.neg(x)))), e.log1p(e.exp(x)));
}

/** x above 0, else 0; at 0 the gradient passes, at NaN it doesn't. */
export function positivePart(x: Expression): Expression {
  return e.select(e.isNaN(x), Number.NaN, e.select(e.lt(x, 0), 0, x));
}

/** x log(y), and 0 for an x of 0. */
export function xlogy(x: Expression, y: Expression): Expression {
  return e.select(e.eq(x, 0), 0, e.mul(x, e.log(y)));
}
