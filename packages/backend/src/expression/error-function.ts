/**
 * Special functions that JavaScript's Math lacks, in double precision.
 */

const SQRT_PI = Math.sqrt(Math.PI);

// W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969): numerators and
// denominators, highest power first, of erf(x) / x in x^2, of exp(x^2) erfc(x) in x, and of its tail in 1 / x^2.
const NEAR_P = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3,
] as const;
const NEAR_Q = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3] as const;
const MIDDLE_P = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
  8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
] as const;
const MIDDLE_Q = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
  4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
] as const;
const TAIL_P = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
] as const;
const TAIL_Q = [
  1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3,
] as const;

/** Error function. */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude <= 0.46875) return (x * polynomial(NEAR_P, x * x)) / polynomial(NEAR_Q, x * x);
  return x > 0 ? 1 - upperErfc(magnitude) : upperErfc(magnitude) - 1;
}

/** 1 - erf(x), accurate in the tail. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - erf(x);
  return x > 0 ? upperErfc(x) : 2 - upperErfc(-x);
}

/** erfc from 0.46875 on. */
function upperErfc(x: number): number {
  if (x > 27.3) return 0;
  if (x <= 4) return (expMinusSquare(x) * polynomial(MIDDLE_P, x)) / polynomial(MIDDLE_Q, x);
  const r = 1 / (x * x);
  const rest = (r * polynomial(TAIL_P, r)) / polynomial(TAIL_Q, r);
  return (expMinusSquare(x) * (1 / SQRT_PI - rest)) / x;
}

/** Horner's rule, from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + (coefficients[i] as number);
  return sum;
}

/** exp(-x^2) with x^2 split, so that the exponent's rounding error isn't multiplied by x^2. */
function expMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}
