import { type Expression, expressions as e } from '@gradus/backend';

/** Expressions that several losses are made of. */

/** log(1 + exp(x)) without overflow. */
export function softplus(x: Expression): Expression {
  return e.add(e.log1p(e.exp(e.neg(e.abs(x)))), e.max(x, 0));
}

/** x above 0, else 0; at 0 the gradient passes. */
export function positivePart(x: Expression): Expression {
  return e.select(e.lt(x, 0), 0, x);
}

/** x log(y), and 0 for an x of 0. */
export function xlogy(x: Expression, y: Expression): Expression {
  return e.select(e.eq(x, 0), 0, e.mul(x, e.log(y)));
}
