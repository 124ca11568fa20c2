export const remainder: Readonly<Record<string, string>> = {
  fmod32: `
// Long division of the significands, bit by bit: exact, and few bits where the quotient is small.
fn fmod32(x: f32, y: f32) -> f32 {
  let b = abs(y);
  let a = abs(x);
  if (isNan(x) || isNan(y) || isInf(a) || b == 0.0) { return nan(); }
  if (isInf(b) || a < b) { return x; }
  let wordA = bitcast<u32>(a);
  let wordB = bitcast<u32>(b);
  let exponentA = max(wordA >> 23u, 1u);
  let exponentB = max(wordB >> 23u, 1u);
  var rest = select(0u, 0x800000u, wordA >= 0x800000u) | (wordA & 0x7fffffu);
  let divisor = select(0u, 0x800000u, wordB >= 0x800000u) | (wordB & 0x7fffffu);
  rest = rest % divisor;
  for (var steps = exponentA - exponentB; steps > 0u && rest != 0u; steps--) {
    rest = rest << 1u;
    if (rest >= divisor) { rest -= divisor; }
  }
  let scale = bitcast<f32>((max(exponentB, 24u) - 23u) << 23u);
  let below = bitcast<f32>((127u - (max(exponentB, 24u) - exponentB)) << 23u);
  return copySign(f32(rest) * scale * below, x);
}
`,
  mod32: `
fn mod32(x: f32, y: f32) -> f32 {
  let rest = fmod32(x, y);
  return select(rest, rest + y, rest != 0.0 && (rest < 0.0) != (y < 0.0));
}
`,
};
