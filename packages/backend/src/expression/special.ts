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

/** Inverse of erf on (-1, 1): a rational start (Giles 2010 approximations of the normal quantile), then Halley steps. */
export function erfinv(y: number): number {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
  if (y === 0) return y;
  const magnitude = Math.abs(y);
  const tail = Math.log((1 - magnitude) * (1 + magnitude));
  const a = 2 / (Math.PI * 0.147) + tail / 2;
  let x = Math.sqrt(Math.sqrt(a * a - tail / 0.147) - a); // Winitzki's closed form, good to 2e-3
  for (let step = 0; step < 4; step++) {
    // In the tail erf(x) - y cancels; erfc keeps the digits.
    const error = magnitude < 0.5 ? erf(x) - magnitude : 1 - magnitude - erfc(x);
    const newton = (error * SQRT_PI) / 2 / Math.exp(-x * x);
    x -= newton / (1 + x * newton);
  }
  return y < 0 ? -x : x;
}

// Lanczos approximation, g = 7, n = 9 (Godfrey's coefficients).
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

// (-1)^k (zeta(k) - 1) / k for k = 2, 3, ...: the series of log gamma around 2. (Abramowitz & Stegun 6.1.33.)
const LOG_GAMMA_AROUND_2 = [
  0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
  -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5, -4.492623673813314e-5,
  2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7,
  -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8,
  1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9, 5.731367241678862e-10,
  -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11, 3.1044247747322276e-11, -1.5021384080754142e-11,
] as const;
const ONE_MINUS_EULER = 0.42278433509846713;

/** log |gamma(x)|; infinite at 0 and the negative integers. Its digits hold at the zeros 1 and 2, too. */
export function lgamma(x: number): number {
  if (Math.abs(x) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x <= 0) {
    if (Number.isInteger(x)) return Number.POSITIVE_INFINITY;
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * fromNearestInteger(x)))) - lgamma(1 - x);
  }
  if (x < 0.5) return logGammaAround2(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return logGammaAround2(x - 1) - Math.log1p(x - 1);
  if (x < 2.5) return logGammaAround2(x - 2);
  return x > 15 ? stirling(x) : lanczos(x);
}

/** log gamma(2 + w) for |w| <= 1/2. */
function logGammaAround2(w: number): number {
  let sum = 0;
  for (let k = LOG_GAMMA_AROUND_2.length - 1; k >= 0; k--) sum = sum * w + (LOG_GAMMA_AROUND_2[k] as number);
  return w * (ONE_MINUS_EULER + w * sum);
}

function lanczos(x: number): number {
  const z = x - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (z + i);
  const t = z + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** x - round(x), exact, for functions of period 1 in it. */
function fromNearestInteger(x: number): number {
  return x - Math.round(x);
}

/** Stirling's series. (Abramowitz & Stegun 6.1.41.) */
function stirling(x: number): number {
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** Logarithmic derivative of gamma: recurrence up to 10, then the asymptotic series. (Abramowitz & Stegun 6.3.18.) */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x < 0) {
    if (Number.isInteger(x)) return Number.NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * fromNearestInteger(x));
  }
  let result = 0;
  let z = x;
  while (z < 10) result -= 1 / z++;
  const r = 1 / (z * z);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132 - (r * 691) / 32760)))));
  return result + Math.log(z) - 0.5 / z - series;
}

// B_2k / (2k)! for the Euler-Maclaurin remainder.
const BERNOULLI_OVER_FACTORIAL = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
] as const;

/** Hurwitz zeta(s, q), the sum of (q + k)^-s; s <= 1 and poles as in Cephes. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Number.POSITIVE_INFINITY;
  if (!(s > 1)) return Number.NaN;
  if (q <= 0 && Number.isInteger(q)) return Number.POSITIVE_INFINITY;
  if (q <= 0 && (!Number.isInteger(s) || !Number.isFinite(q))) return Number.NaN;
  if (!(q < -100)) return summedZeta(s, q);
  // Many terms below 0: mirrored, they go from their smallest magnitude up to -q, a difference of two such sums.
  const fraction = q - Math.floor(q);
  const mirrored = summedZeta(s, 1 - fraction) - summedZeta(s, 1 - q);
  return summedZeta(s, fraction) + (s % 2 === 0 ? mirrored : -mirrored);
}

/** Euler-Maclaurin summation. */
function summedZeta(s: number, q: number): number {
  let sum = 0;
  let a = q;
  for (let k = 0; k < 12 || a < 9; k++) {
    const term = a ** -s;
    sum += term;
    a += 1;
    if (Math.abs(term) < 1e-17 * Math.abs(sum) && a > 0) return sum;
  }
  sum += a ** (1 - s) / (s - 1) + 0.5 * a ** -s;
  let factor = s;
  let power = a ** (-s - 1);
  for (let k = 0; k < BERNOULLI_OVER_FACTORIAL.length; k++) {
    sum += (BERNOULLI_OVER_FACTORIAL[k] as number) * factor * power;
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
    power /= a * a;
  }
  return sum;
}
