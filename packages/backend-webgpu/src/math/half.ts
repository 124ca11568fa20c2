/** float16 and bfloat16 as 16-bit patterns; to the nearest, ties to even, which WGSL's own packing leaves open. */
export const half: Readonly<Record<string, string>> = {
  fromFloat16: `
fn fromFloat16(pattern: u32) -> f32 { return unpack2x16float(pattern).x; }
`,
  toFloat16: `
fn toFloat16(x: f32) -> u32 {
  let word = bitcast<u32>(x);
  let negative = (word >> 16u) & 0x8000u;
  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return negative | 0x7e00u; }
  if (magnitude >= 0x477ff000u) { return negative | 0x7c00u; }
  if (magnitude < 0x38800000u) { return negative | u32(round(bitcast<f32>(magnitude) * 16777216.0)); }
  let rounded = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
  return negative | ((rounded - 0x38000000u) >> 13u);
}
`,
  fromBfloat16: `
fn fromBfloat16(pattern: u32) -> f32 { return bitcast<f32>(pattern << 16u); }
`,
  toBfloat16: `
fn toBfloat16(x: f32) -> u32 {
  let word = bitcast<u32>(x);
  if (isNan(x)) { return 0x7fc0u; }
  return (word + 0x7fffu + ((word >> 16u) & 1u)) >> 16u;
}
`,
};
