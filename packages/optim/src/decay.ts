import { type Expression, expressions as e } from '@gradus/backend';

/** The direction to descend: the gradient (negated to maximize) plus weight decay as a gradient of L2 regularisation. */
export function decayed(
  param: Expression,
  grad: Expression,
  { sign, weightDecay }: Readonly<Record<'sign' | 'weightDecay', Expression>>,
): Expression {
  return e.add(e.mul(grad, sign), e.mul(weightDecay, param));
}
