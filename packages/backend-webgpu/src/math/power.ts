export const power: Readonly<Record<string, string>> = {
  isOdd: `
fn isOdd(n: f32) -> bool { return abs(n) < 16777216.0 && n - 2.0 * floor(0.5 * n) == 1.0; }
`,
  powWhole: `
// By squaring, for |n| <= 64: a product of few factors is the best that there is.
fn powWhole(x: f32, n: i32) -> f32 {
  var result = 1.0;
  var factor = x;
  for (var rest = abs(n); rest > 0; rest = rest >> 1u) {
    if ((rest & 1) == 1) { result = result * factor; }
    factor = factor * factor;
  }
  if (n >= 0) { return result; }
  return select(1.0 / result, copySign(inf(), result), result == 0.0);
}
`,
  powScaled: `
// x^y 2^shift for finite x > 0, as 2^(y log2(x) + shift): the whole part of the product is taken off before it is rounded.
fn powScaled(x: f32, y: f32, shift: f32) -> f32 {
  let s = splitLog(x);
  let fraction = (s.y + logTail(s.y)) * 1.44269504;
  let product = y * s.x;
  if (abs(product + y * fraction) > 1e4) { return select(0.0, inf(), product + y * fraction > 0.0); }
  let whole = round(product);
  let rest = fma(y, s.x, -whole) + y * fraction;
  let n = round(rest);
  let exponent = whole + n + shift;
  if (exponent > 129.0) { return inf(); }
  if (exponent < -151.0) { return 0.0; }
  return scaled(1.0 + expTail((rest - n) * 0.693147181), i32(exponent));
}
`,
  pow32: `
fn pow32(x: f32, y: f32) -> f32 {
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (isNan(x) || isNan(y)) { return nan(); }
  let whole = round(y) == y;
  let negative = (bitcast<u32>(x) & 0x80000000u) != 0u && whole && isOdd(y);
  let a = abs(x);
  if (isInf(y)) {
    if (a == 1.0) { return 1.0; }
    return select(0.0, inf(), (a > 1.0) == (y > 0.0));
  }
  if (a == 0.0 || isInf(a)) {
    let result = select(0.0, inf(), (a == 0.0) != (y > 0.0));
    return select(result, -result, negative);
  }
  if (whole && abs(y) <= 64.0) { return powWhole(x, i32(y)); }
  if (x < 0.0 && !whole) { return nan(); }
  let result = powScaled(a, y, 0.0);
  return select(result, -result, negative);
}
`,
};
