/** Special values, which WGSL has no constants for: compilers refuse expressions that they see to give them. */
export const bits: Readonly<Record<string, string>> = {
  nan: `
var<private> nanBits: u32 = 0x7fc00000u;
fn nan() -> f32 { return bitcast<f32>(nanBits); }
`,
  inf: `
var<private> infBits: u32 = 0x7f800000u;
fn inf() -> f32 { return bitcast<f32>(infBits); }
`,
  negativeZero: `
// Compilers lose the sign of a literal.
var<private> negativeZeroBits: u32 = 0x80000000u;
fn negativeZero() -> f32 { return bitcast<f32>(negativeZeroBits); }
`,
  timesZero: `
// Compilers take a product with the literal 0 for 0, whatever x is.
fn timesZero(x: f32, zero: f32) -> f32 {
  if (isNan(x) || isInf(x)) { return nan(); }
  return bitcast<f32>((bitcast<u32>(x) ^ bitcast<u32>(zero)) & 0x80000000u);
}
`,
  isNan: `
fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
`,
  isInf: `
fn isInf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }
`,
  isTrue: `
fn isTrue(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) != 0u; }
`,
  differs: `
// WGSL's own != may be false for NaN.
fn differs(a: f32, b: f32) -> bool { return a != b || isNan(a) || isNan(b); }
`,
  copySign: `
fn copySign(x: f32, like: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(like) & 0x80000000u));
}
`,
  sign32: `
fn sign32(x: f32) -> f32 { return select(sign(x), x, isNan(x)); }
`,
  max32: `
fn max32(a: f32, b: f32) -> f32 { return select(select(b, a, a > b || isNan(a)), b, isNan(b)); }
`,
  min32: `
fn min32(a: f32, b: f32) -> f32 { return select(select(b, a, a < b || isNan(a)), b, isNan(b)); }
`,
  toInt: `
fn toInt(x: f32) -> i32 { return select(i32(x), 0, isNan(x)); }
`,
  toUint: `
fn toUint(x: f32) -> u32 { return select(u32(x), bitcast<u32>(toInt(x)), x < 0.0 || isNan(x)); }
`,
};
