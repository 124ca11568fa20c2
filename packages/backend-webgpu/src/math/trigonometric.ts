// Polynomials as in the Cephes library.
export const trigonometric: Readonly<Record<string, string>> = {
  sineOf: `
fn sineOf(x: f32) -> f32 {
  let z = x * x;
  return ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * x + x;
}
`,
  cosineOf: `
fn cosineOf(x: f32) -> f32 {
  let z = x * x;
  return ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
}
`,
  sin32: `
fn sin32(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  let q = quarters(x);
  let s = select(sineOf(q.rest), cosineOf(q.rest), (q.count & 1) == 1);
  return select(s, -s, (q.count & 2) == 2);
}
`,
  cos32: `
fn cos32(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  let q = quarters(x);
  let c = select(cosineOf(q.rest), sineOf(q.rest), (q.count & 1) == 1);
  return select(c, -c, ((q.count + 1) & 2) == 2);
}
`,
  tan32: `
fn tan32(x: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  let q = quarters(x);
  let s = sineOf(q.rest);
  let c = cosineOf(q.rest);
  return select(s / c, -c / s, (q.count & 1) == 1);
}
`,
  asinOf: `
// For |x| <= 1/2.
fn asinOf(x: f32) -> f32 {
  let z = x * x;
  let p = (((4.2163199048e-2 * z + 2.4181311049e-2) * z + 4.5470025998e-2) * z + 7.4953002686e-2) * z + 1.6666752422e-1;
  return p * z * x + x;
}
`,
  asin32: `
fn asin32(x: f32) -> f32 {
  let a = abs(x);
  if (isNan(x) || a > 1.0) { return nan(); }
  if (a <= 0.5) { return asinOf(x); }
  return copySign(1.57079633 - 2.0 * asinOf(sqrt(0.5 * (1.0 - a))), x);
}
`,
  acos32: `
fn acos32(x: f32) -> f32 {
  if (isNan(x) || abs(x) > 1.0) { return nan(); }
  if (x > 0.5) { return 2.0 * asinOf(sqrt(0.5 * (1.0 - x))); }
  if (x < -0.5) { return 3.14159265 - 2.0 * asinOf(sqrt(0.5 * (1.0 + x))); }
  return 1.57079633 - asinOf(x);
}
`,
  atan32: `
fn atan32(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  let a = abs(x);
  var start = 0.0;
  var t = a;
  if (a > 2.41421356) {
    start = 1.57079633;
    t = select(-1.0 / a, 0.0, isInf(a));
  } else if (a > 0.414213562) {
    start = 0.785398163;
    t = (a - 1.0) / (a + 1.0);
  }
  let z = t * t;
  let p = ((8.05374449538e-2 * z - 1.38776856032e-1) * z + 1.99777106478e-1) * z - 3.33329491539e-1;
  return copySign(start + (p * z * t + t), x);
}
`,
  atan2_32: `
fn atan2_32(y: f32, x: f32) -> f32 {
  if (isNan(y) || isNan(x)) { return nan(); }
  let left = (bitcast<u32>(x) & 0x80000000u) != 0u;
  if (y == 0.0) { return copySign(select(0.0, 3.14159265, left), y); }
  if (isInf(x)) {
    let flat = select(0.0, 3.14159265, left);
    return copySign(select(flat, select(0.785398163, 2.35619449, left), isInf(y)), y);
  }
  if (x == 0.0 || isInf(y)) { return copySign(1.57079633, y); }
  let angle = atan32(abs(y) / abs(x));
  return copySign(select(angle, 3.14159265 - angle, left), y);
}
`,
};
