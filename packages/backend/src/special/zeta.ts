// B_2k / (2k)! for the Euler-Maclaurin remainder.
const BERNOULLI_OVER_FACTORIAL = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
  -3617 / 10670622842880000,
] as const;

/** Hurwitz zeta(s, q), the sum of (q + k)^-s; s <= 1 and poles as in Cephes. */
export function zeta(s: number, q: number): number {
  if (s === 1) return Number.POSITIVE_INFINITY;
  if (!(s > 1)) return Number.NaN;
  if (q <= 0 && Number.isInteger(q)) return Number.POSITIVE_INFINITY;
  if (q <= 0 && (!Number.isInteger(s) || !Number.isFinite(q))) return Number.NaN;
  if (!(q < -100)) return summedZeta(s, q);
  // Many terms below 0: mirrored, they go from their smallest magnitude up to -q, a difference of two such sums.
  const fraction = q - Math.floor(q);
  const mirrored = summedZeta(s, 1 - fraction) - summedZeta(s, 1 - q);
  return summedZeta(s, fraction) + (s % 2 === 0 ? mirrored : -mirrored);
}

/** Euler-Maclaurin summation. */
function summedZeta(s: number, q: number): number {
  let sum = 0;
  let a = q;
  for (let k = 0; k < 12 || a < 9; k++) {
    const term = a ** -s;
    sum += term;
    a += 1;
    if (Math.abs(term) < 1e-17 * Math.abs(sum) && a > 0) return sum;
  }
  sum += a ** (1 - s) / (s - 1) + 0.5 * a ** -s;
  let factor = s;
  let power = a ** (-s - 1);
  for (let k = 0; k < BERNOULLI_OVER_FACTORIAL.length; k++) {
    sum += (BERNOULLI_OVER_FACTORIAL[k] as number) * factor * power;
    factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
    power /= a * a;
  }
  return sum;
}
