/** Integer arithmetic where WGSL's meaning differs from ours: division by zero gives 0, shifts by 32 and more clear all bits. */
export const integer: Readonly<Record<string, string>> = {
  divInt: `
fn divInt(a: i32, b: i32) -> i32 { return select(a / select(b, 1, b == 0), 0, b == 0); }
`,
  divUint: `
fn divUint(a: u32, b: u32) -> u32 { return select(a / max(b, 1u), 0u, b == 0u); }
`,
  fmodInt: `
fn fmodInt(a: i32, b: i32) -> i32 { return a - divInt(a, b) * b - select(0, a, b == 0); }
`,
  fmodUint: `
fn fmodUint(a: u32, b: u32) -> u32 { return select(a % max(b, 1u), 0u, b == 0u); }
`,
  modInt: `
fn modInt(a: i32, b: i32) -> i32 {
  let rest = fmodInt(a, b);
  return select(rest, rest + b, rest != 0 && (rest < 0) != (b < 0));
}
`,
  powInt: `
fn powInt(a: i32, b: i32) -> i32 {
  if (b < 0) { return select(select(0, select(1, -1, (b & 1) == 1), a == -1), 1, a == 1); }
  var result = 1;
  var factor = a;
  for (var rest = b; rest > 0; rest = rest >> 1u) {
    if ((rest & 1) == 1) { result = result * factor; }
    factor = factor * factor;
  }
  return result;
}
`,
  powUint: `
fn powUint(a: u32, b: u32) -> u32 {
  var result = 1u;
  var factor = a;
  for (var rest = b; rest > 0u; rest = rest >> 1u) {
    if ((rest & 1u) == 1u) { result = result * factor; }
    factor = factor * factor;
  }
  return result;
}
`,
  shlInt: `
fn shlInt(a: i32, b: i32) -> i32 { return select(a << u32(b & 31), 0, b < 0 || b > 31); }
`,
  shlUint: `
fn shlUint(a: u32, b: u32) -> u32 { return select(a << (b & 31u), 0u, b > 31u); }
`,
  shrInt: `
fn shrInt(a: i32, b: i32) -> i32 { return a >> select(u32(b), 31u, b < 0 || b > 31); }
`,
  shrUint: `
fn shrUint(a: u32, b: u32) -> u32 { return select(a >> (b & 31u), 0u, b > 31u); }
`,
};
