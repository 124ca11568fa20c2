import { type Expression, expressions as e } from '@gradus/backend';
import type { Symbols } from './define-update.ts';

/** The direction to descend: the gradient (negated to maximize) plus weight decay as a gradient of L2 regularisation. */
export function decayed(
  param: Expression,
  grad: Expression,
  { sign, weightDecay }: Symbols<'sign' | 'weightDecay'>,
): Expression {
  return e.add(e.mul(grad, sign), e.mul(weightDecay, param));
}

/** A running mean: `keep` of the old value and `gain` of the new one. */
export function running(old: Expression, value: Expression, keep: Expression, gain: Expression): Expression {
  return e.add(e.mul(keep, old), e.mul(gain, value));
}
