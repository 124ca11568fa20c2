// Polynomials as in the Cephes library.
export const hyperbolic: Readonly<Record<string, string>> = {
  tanh32: `
// By t = exp(-2 |x|) - 1 = (2^n - 1) + 2^n expTail(r). Near 0, where n is, nothing may be added to the tail, in whichever order.
fn tanh32(x: f32) -> f32 {
  let y = max(-2.0 * abs(x), -40.0);
  let n = round(y * 1.44269504);
  let r = (y - n * 0.693359375) + n * 2.12194440e-4;
  let power = powerOf2(i32(n));
  let tail = expTail(r);
  let t = select((power - 1.0) + power * tail, tail, n == 0.0);
  return select(copySign(t / (2.0 + t), x), x, isNan(x));
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
