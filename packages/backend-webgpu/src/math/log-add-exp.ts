export const logAddExp: Readonly<Record<string, string>> = {
  logAddExp: `
fn logAddExp(a: f32, b: f32) -> f32 {
  if (isNan(a) || isNan(b)) { return nan(); }
  let high = max(a, b);
  if (isInf(high)) { return high; }
  return high + log1p32(exp32(min(a, b) - high));
}
`,
};
