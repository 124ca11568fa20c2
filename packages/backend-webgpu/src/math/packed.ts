/** Four neighbours of a packed dtype, in their words. */
export const packed: Readonly<Record<string, string>> = {
  unpackFloat16: `
fn unpackFloat16(words: vec2<u32>) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}
`,
  packFloat16: `
fn packFloat16(x: vec4<f32>) -> vec2<u32> {
  return vec2<u32>(toFloat16(x.x) | (toFloat16(x.y) << 16u), toFloat16(x.z) | (toFloat16(x.w) << 16u));
}
`,
  unpackBfloat16: `
fn unpackBfloat16(words: vec2<u32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}
`,
  packBfloat16: `
fn packBfloat16(x: vec4<f32>) -> vec2<u32> {
  return vec2<u32>(toBfloat16(x.x) | (toBfloat16(x.y) << 16u), toBfloat16(x.z) | (toBfloat16(x.w) << 16u));
}
`,
  unpackBytes: `
fn unpackBytes(word: u32) -> vec4<u32> { return (vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u); }
`,
  unpackSignedBytes: `
fn unpackSignedBytes(word: u32) -> vec4<i32> {
  return bitcast<vec4<i32>>(vec4<u32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
}
`,
  packBytes: `
fn packBytes(x: vec4<u32>) -> u32 {
  let bytes = (x & vec4<u32>(255u)) << vec4<u32>(0u, 8u, 16u, 24u);
  return bytes.x | bytes.y | bytes.z | bytes.w;
}
`,
  firstHalves: `
// The bits of the first elements, of less than four.
fn firstHalves(count: u32) -> vec2<u32> {
  return vec2<u32>(select(0xffffu, 0xffffffffu, count > 1u), select(0u, 0xffffu, count > 2u));
}
`,
  firstBytes: `
fn firstBytes(count: u32) -> u32 { return (1u << (8u * count)) - 1u; }
`,
};
