// Polynomials as in the Cephes library.
export const hyperbolic: Readonly<Record<string, string>> = {
  tanh32: `
fn tanh32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x)) { return x; }
  if (a < 0.625) {
    let z = x * x;
    let p = (((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1) * z
      - 3.33332819422e-1;
    return p * z * x + x;
  }
  return copySign(1.0 - 2.0 / (exp32(2.0 * min(a, 10.0)) + 1.0), x);
}
`,
  sinh32: `
fn sinh32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x)) { return x; }
  if (a < 1.0) {
    let z = x * x;
    return ((2.03721912945e-4 * z + 8.33028376239e-3) * z + 1.66667160211e-1) * z * x + x;
  }
  let e = exp32(0.5 * a);
  return copySign((0.5 * e) * e - 0.5 * exp32(-a), x);
}
`,
  cosh32: `
fn cosh32(x: f32) -> f32 {
  let a = abs(x);
  let e = exp32(0.5 * a);
  return (0.5 * e) * e + 0.5 * exp32(-a);
}
`,
  asinh32: `
fn asinh32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x)) { return x; }
  if (a > 1e9) { return copySign(log32(a) + 0.693147181, x); }
  let s = a * a;
  return copySign(log1p32(a + s / (1.0 + sqrt(s + 1.0))), x);
}
`,
  acosh32: `
fn acosh32(x: f32) -> f32 {
  if (isNan(x) || x < 1.0) { return nan(); }
  if (x > 1e9) { return log32(x) + 0.693147181; }
  let t = x - 1.0;
  return log1p32(t + sqrt(2.0 * t + t * t));
}
`,
  atanh32: `
fn atanh32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x) || a > 1.0) { return nan(); }
  if (a == 1.0) { return copySign(inf(), x); }
  return copySign(0.5 * log1p32(2.0 * a / (1.0 - a)), x);
}
`,
};
