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
