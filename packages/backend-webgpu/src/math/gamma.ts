import { polynomial } from './polynomial.ts';

// (-1)^k (zeta(k) - 1) / k, from the highest k down to 2: the series of log gamma around 2. (Abramowitz & Stegun 6.1.33.)
const LOG_GAMMA_AROUND_2 = [
  -4.492469198764566e-7, 9.55141213040742e-7, -2.039215753801366e-6, 4.374866789907488e-6, -9.439488275268397e-6,
  2.050721277567069e-5, -4.492623673813314e-5, 9.945751278180853e-5, -0.00022315475845357939, 0.0005096695247430425,
  -0.001192753911703261, 0.0028905103307415234, -0.007385551028673986, 0.020580808427784546, -0.0673523010531981,
  0.3224670334241132,
];

/** B_2k / (2k)! for the Euler-Maclaurin remainder. */
const BERNOULLI_OVER_FACTORIAL = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160];

export const gamma: Readonly<Record<string, string>> = {
  sinPi: `
fn sinPi(x: f32) -> f32 {
  let n = round(x);
  let s = sin32(3.14159265 * (x - n));
  return select(s, -s, isOdd(abs(n)));
}
`,
  logGammaAround2: `
// log gamma(2 + w) for |w| <= 1/2.
fn logGammaAround2(w: f32) -> f32 {
  return w * (0.422784335 + w * ${polynomial('w', LOG_GAMMA_AROUND_2)});
}
`,
  logGammaPositive: `
fn logGammaPositive(x: f32) -> f32 {
  if (x < 0.5) { return logGammaAround2(x) - log1p32(x) - log32(x); }
  if (x < 1.5) { return logGammaAround2(x - 1.0) - log1p32(x - 1.0); }
  if (x < 8.0) {
    var product = 1.0;
    var w = x;
    for (; w >= 2.5; ) {
      w -= 1.0;
      product *= w;
    }
    return logGammaAround2(w - 2.0) + log32(product);
  }
  let r = 1.0 / (x * x);
  let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0))) / x;
  return (x - 0.5) * (log32(x) - 1.0) + (0.418938533 + series);
}
`,
  lgamma32: `
fn lgamma32(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isInf(x)) { return inf(); }
  if (x > 0.0) { return logGammaPositive(x); }
  if (floor(x) == x) { return inf(); }
  return log32(3.14159265 / abs(sinPi(x))) - logGammaPositive(1.0 - x);
}
`,
  digammaPositive: `
// Recurrence up to 10, then the asymptotic series. (Abramowitz & Stegun 6.3.18.)
fn digammaPositive(x: f32) -> f32 {
  var sum = 0.0;
  var z = x;
  for (; z < 10.0; z += 1.0) { sum -= 1.0 / z; }
  let r = 1.0 / (z * z);
  let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0))));
  return sum + log32(z) - 0.5 / z - series;
}
`,
  digamma32: `
fn digamma32(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x == 0.0) { return copySign(inf(), -x); }
  if (x > 0.0) { return select(digammaPositive(x), x, isInf(x)); }
  if (floor(x) == x) { return nan(); }
  return digammaPositive(1.0 - x) - 3.14159265 / tan32(3.14159265 * (x - round(x)));
}
`,
  zetaTerm: `
fn zetaTerm(a: f32, y: f32, shift: f32) -> f32 {
  if (a > 0.0) { return powScaled(a, y, shift); }
  return pow32(a, y);
}
`,
  summedZeta: `
fn summedZeta(s: f32, q: f32) -> f32 {
  // Small sums are scaled: the last of their terms would be too small for a float.
  let isSmall = q > 1.0 && s * log2(q) > 64.0;
  let shift = select(0.0, 64.0, isSmall);
  let unit = select(1.0, 5.421010862427522e-20, isSmall);
  var sum = 0.0;
  var a = q;
  for (var k = 0; k < 12 || a < 9.0; k++) {
    let term = zetaTerm(a, -s, shift);
    sum += term;
    a += 1.0;
    if (abs(term) < 1e-9 * abs(sum) && a > 0.0) { return unit * sum; }
  }
  sum += zetaTerm(a, 1.0 - s, shift) / (s - 1.0) + 0.5 * zetaTerm(a, -s, shift);
  var factor = s;
  var power = zetaTerm(a, -s - 1.0, shift);
  let bernoulli = array<f32, ${BERNOULLI_OVER_FACTORIAL.length}>(${BERNOULLI_OVER_FACTORIAL.map((b) => `${b}f`).join(', ')});
  for (var k = 0; k < ${BERNOULLI_OVER_FACTORIAL.length}; k++) {
    sum += bernoulli[k] * factor * power;
    factor *= (s + 2.0 * f32(k) + 1.0) * (s + 2.0 * f32(k) + 2.0);
    power /= a * a;
  }
  return unit * sum;
}
`,
  zeta32: `
fn zeta32(s: f32, q: f32) -> f32 {
  if (s == 1.0) { return inf(); }
  if (isNan(s) || isNan(q) || s < 1.0) { return nan(); }
  if (q <= 0.0 && floor(q) == q && !isInf(q)) { return inf(); }
  if (q <= 0.0 && (floor(s) != s || isInf(s) || isInf(q))) { return nan(); }
  if (isInf(s)) { return select(nan(), inf(), q < 1.0); }
  if (isInf(q)) { return 0.0; }
  if (q >= -100.0) { return summedZeta(s, q); }
  // Many terms below 0: mirrored, they are a difference of two sums of positive terms.
  let fraction = q - floor(q);
  let mirrored = summedZeta(s, 1.0 - fraction) - summedZeta(s, 1.0 - q);
  return summedZeta(s, fraction) + select(mirrored, -mirrored, isOdd(s));
}
`,
};
