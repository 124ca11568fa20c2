// log(1 + m) = m - m^2 / 2 + m^3 P(m) for sqrt(1/2) <= 1 + m <= sqrt(2), as in the Cephes library.
export const logarithm: Readonly<Record<string, string>> = {
  logTail: `
fn logTail(m: f32) -> f32 {
  let z = m * m;
  let p = (((((((7.0376836292e-2 * m - 1.1514610310e-1) * m + 1.1676998740e-1) * m - 1.2420140846e-1) * m
    + 1.4249322787e-1) * m - 1.6668057665e-1) * m + 2.0000714765e-1) * m - 2.4999993993e-1) * m + 3.3333331174e-1;
  return p * m * z - 0.5 * z;
}
`,
  splitLog: `
// x = 2^e (1 + m), as (e, m).
fn splitLog(x: f32) -> vec2<f32> {
  let subnormal = x < 1.17549435e-38;
  let word = bitcast<u32>(select(x, x * 8388608.0, subnormal));
  let e = f32(i32((word >> 23u) & 255u) - 126 - select(0, 23, subnormal));
  let m = bitcast<f32>((word & 0x007fffffu) | 0x3f000000u);
  let low = m < 0.707106781;
  return vec2<f32>(select(e, e - 1.0, low), select(m - 1.0, (m - 0.5) + (m - 0.5), low));
}
`,
  isLogEdge: `
fn isLogEdge(x: f32) -> bool { return isNan(x) || isInf(x) || x <= 0.0; }
`,
  logEdge: `
fn logEdge(x: f32) -> f32 {
  if (x == 0.0) { return -inf(); }
  return select(nan(), x, x > 0.0 || isNan(x));
}
`,
  log32: `
fn log32(x: f32) -> f32 {
  if (isLogEdge(x)) { return logEdge(x); }
  let s = splitLog(x);
  return (s.y + (logTail(s.y) - 2.12194440e-4 * s.x)) + 0.693359375 * s.x;
}
`,
  log2_32: `
fn log2_32(x: f32) -> f32 {
  if (isLogEdge(x)) { return logEdge(x); }
  let s = splitLog(x);
  return (s.y + logTail(s.y)) * 1.44269504 + s.x;
}
`,
  log10_32: `
fn log10_32(x: f32) -> f32 {
  if (isLogEdge(x)) { return logEdge(x); }
  let s = splitLog(x);
  return ((s.y + logTail(s.y)) * 0.434294482 + s.x * 4.6050390e-6) + s.x * 0.301025391;
}
`,
  log1p32: `
fn log1p32(x: f32) -> f32 {
  if (x > -0.29 && x < 0.41) { return x + logTail(x); }
  return log32(1.0 + x);
}
`,
};
