import { erf, erfc } from '../expression/error-function.ts';

const SQRT_PI = Math.sqrt(Math.PI);

/** Inverse of erf on (-1, 1): a rational start (Giles 2010 approximations of the normal quantile), then Halley steps. */
export function erfinv(y: number): number {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Number.POSITIVE_INFINITY : Number.NaN;
  if (y === 0) return y;
  const magnitude = Math.abs(y);
  const tail = Math.log((1 - magnitude) * (1 + magnitude));
  const a = 2 / (Math.PI * 0.147) + tail / 2;
  let x = Math.sqrt(Math.sqrt(a * a - tail / 0.147) - a); // Winitzki's closed form, good to 2e-3
  for (let step = 0; step < 4; step++) {
    // In the tail erf(x) - y cancels; erfc keeps the digits.
    const error = magnitude < 0.5 ? erf(x) - magnitude : 1 - magnitude - erfc(x);
    const newton = (error * SQRT_PI) / 2 / Math.exp(-x * x);
    x -= newton / (1 + x * newton);
  }
  return y < 0 ? -x : x;
}
