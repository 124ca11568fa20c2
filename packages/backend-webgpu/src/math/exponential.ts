// exp(r) = 1 + r + r^2 P(r) for |r| <= ln(2) / 2, as in the Cephes library (S. L. Moshier).
export const exponential: Readonly<Record<string, string>> = {
  expTail: `
fn expTail(r: f32) -> f32 {
  let p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r
    + 1.6666665459e-1) * r + 5.0000001201e-1;
  return p * r * r + r;
}
`,
  powerOf2: `
fn powerOf2(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }
`,
  scaled: `
// In two steps: the power alone may lie outside of what a float holds.
fn scaled(x: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return x * powerOf2(half) * powerOf2(n - half);
}
`,
  expWithin: `
// For -104 <= x <= 89.
fn expWithin(x: f32) -> f32 {
  let n = round(x * 1.44269504);
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  return scaled(1.0 + expTail(r), i32(n));
}
`,
  exp32: `
fn exp32(x: f32) -> f32 {
  let y = expWithin(clamp(x, -104.0, 89.0));
  return select(select(y, inf(), x > 88.7228), x, isNan(x));
}
`,
  exp2_32: `
fn exp2_32(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x >= 128.0) { return inf(); }
  if (x < -150.0) { return 0.0; }
  let n = round(x);
  return scaled(1.0 + expTail((x - n) * 0.693147181), i32(n));
}
`,
  expm1_32: `
fn expm1_32(x: f32) -> f32 {
  if (abs(x) < 0.35) { return expTail(x); }
  return exp32(x) - 1.0;
}
`,
  sigmoid32: `
fn sigmoid32(x: f32) -> f32 {
  let t = expWithin(max(-abs(x), -104.0));
  return select(select(1.0, t, x < 0.0) / (1.0 + t), x, isNan(x));
}
`,
};
