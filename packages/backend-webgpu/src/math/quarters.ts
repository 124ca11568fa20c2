/** Angles as quarter turns, of whose number the last two bits matter, and what is left: at most an eighth of a turn. */
export const quarters: Readonly<Record<string, string>> = {
  quarters: `
struct Quarters { count: i32, rest: f32 }
fn quarters(x: f32) -> Quarters {
  if (abs(x) > 8192.0) { return manyQuarters(x); }
  let n = round(x * 0.636619772);
  // pi / 2 in parts of few bits, so that the products are exact.
  let rest = (((x - n * 1.5703125) - n * 4.8351288e-4) - n * 3.13855708e-7) - n * 6.0771e-11;
  return Quarters(i32(n), rest);
}
`,
  // Payne and Hanek, "Radian reduction for trigonometric arguments", 1983: of the bits of 2 / pi only those are multiplied
  // that don't make whole turns, which come first, and that can be seen in the result.
  manyQuarters: `
// Words of 2 / pi, behind one of zeros.
const TWO_OVER_PI = array<u32, 8>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
fn manyQuarters(x: f32) -> Quarters {
  let exponent = (bitcast<u32>(x) >> 23u) & 0xffu;
  let mantissa = (bitcast<u32>(x) & 0x7fffffu) | 0x800000u;
  let start = exponent - 120u;
  let high = bitsOfTwoOverPi(start);
  let middle = bitsOfTwoOverPi(start + 32u);
  let low = bitsOfTwoOverPi(start + 64u);
  // The upper two words of mantissa * (high, middle, low), without what is carried out of them: quarters in units of 2^-62.
  let carried = mulHigh(mantissa, low);
  let lower = mantissa * middle + carried;
  let upper = mantissa * high + mulHigh(mantissa, middle) + select(0u, 1u, lower < carried);
  // Read as a signed number, the fraction is that of the nearest whole one.
  let fraction = bitcast<i32>((upper << 2u) | (lower >> 30u));
  let count = i32(upper >> 30u) + select(0, 1, fraction < 0);
  let rest = (f32(fraction) * 2.3283064365e-10 + f32(lower << 2u) * 5.4210108624e-20) * 1.57079633;
  if (x < 0.0) { return Quarters(-count, -rest); }
  return Quarters(count, rest);
}
`,
  bitsOfTwoOverPi: `
fn bitsOfTwoOverPi(start: u32) -> u32 {
  var words = TWO_OVER_PI;
  let word = start >> 5u;
  let shift = start & 31u;
  return (words[word] << shift) | ((words[word + 1u] >> 1u) >> (31u - shift));
}
`,
  mulHigh: `
// The upper 32 bits of a product.
fn mulHigh(a: u32, b: u32) -> u32 {
  let upper = vec2u(a, b) >> vec2u(16u);
  let lower = vec2u(a, b) & vec2u(0xffffu);
  let first = ((lower.x * lower.y) >> 16u) + lower.x * upper.y;
  let second = (first & 0xffffu) + upper.x * lower.y;
  return upper.x * upper.y + (first >> 16u) + (second >> 16u);
}
`,
};
