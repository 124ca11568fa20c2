/** Horner's rule in WGSL, from the highest power down. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  const [first, ...rest] = coefficients.map((c) => `${Math.fround(c)}f`) as [string, ...string[]];
  return rest.reduce((sum, c) => `(${sum} * ${x} + ${c})`, first);
}
