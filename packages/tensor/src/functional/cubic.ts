import { type Expression, expressions as e } from '@gradus/backend';

/**
 * Weights of the four neighbours of a point at t (0 to 1) between the middle two: convolution with a cubic kernel of
 * parameter -0.75. (Keys 1981, Cubic Convolution Interpolation for Digital Image Processing.)
 */
export function cubicWeights(t: number): readonly number[] {
  return [t + 1, t, 1 - t, 2 - t].map((distance, tap) => coefficients(tap).reduce((sum, c) => sum * distance + c));
}

/** The weight of one of the four (0 to 3) as an expression of t. */
export function cubicWeight(t: Expression, tap: number): Expression {
  const distance = [e.add(t, 1), t, e.sub(1, t), e.sub(2, t)][tap] as Expression;
  const [highest, ...rest] = coefficients(tap) as [number, ...number[]];
  return rest.reduce<Expression | number>((sum, c) => e.add(e.mul(sum, distance), c), highest) as Expression;
}

/** Of the kernel's polynomial in the distance, below a distance of 1 (the middle two) and above; highest power first. */
function coefficients(tap: number): readonly number[] {
  return tap === 1 || tap === 2 ? [A + 2, -(A + 3), 0, 1] : [A, -5 * A, 8 * A, -4 * A];
}

const A = -0.75;
