import { type Expression, expressions as e } from '@gradus/backend';
import { type DType, limitsOf } from '@gradus/storage';
import { type Binary, binary } from '../ops/pointwise/define.ts';

/**
 * The number of the dtype next to x in the direction of `target`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nextafter.html
 */
export const nextafter: Binary = binary('nextafter', next, { compute: 'float' });

/** Exponents of the smallest normal numbers. */
const lowestExponent: Partial<Record<DType, number>> = { float16: -14, float64: -1022 };

function next(x: Expression, target: Expression): Expression {
  const { epsilon, max } = limitsOf(x.dtype);
  const lowest = lowestExponent[x.dtype] ?? -126;
  const size = e.abs(x);
  const exponent = e.max(exponentOf(size), lowest);
  const outwards = e.mul(e.exp2(exponent), epsilon);
  // Below a power of 2 numbers are twice as dense.
  const atPower = e.and(e.eq(size, e.exp2(exponent)), e.gt(exponent, lowest));
  const inwards = e.select(atPower, e.mul(outwards, 0.5), outwards);
  const isUp = e.gt(target, x);
  const isOutwards = e.or(e.eq(x, 0), e.eq(isUp, e.gt(x, 0)));
  const step = e.select(isOutwards, outwards, inwards);
  const moved = e.select(isUp, e.add(x, step), e.sub(x, step));
  const finite = e.select(e.eq(size, Infinity), e.mul(e.sign(x), max), moved);
  return e.select(e.or(e.isNaN(x), e.isNaN(target)), e.add(x, target), e.select(e.eq(x, target), target, finite));
}

/** floor(log2(x)), whatever the logarithm's last digit. */
function exponentOf(x: Expression): Expression {
  const guess = e.floor(e.log2(x));
  const low = e.select(e.gt(e.exp2(guess), x), e.sub(guess, 1), guess);
  return e.select(e.le(e.exp2(e.add(low, 1)), x), e.add(low, 1), low);
}
