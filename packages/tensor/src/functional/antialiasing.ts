import type { Tensor } from '../tensor.ts';
import { type Window, weighAlong } from './weigh-along.ts';

/**
 * Resizes an axis with a filter that is as wide as an output element, where those are larger: `scale` is their size in
 * elements of x.
 */
export function antialiasedAlong(x: Tensor, axis: number, size: number, scale: number, cubic: boolean): Tensor {
  const input = x.shape[axis] as number;
  const width = Math.max(scale, 1);
  const reach = (cubic ? 2 : 1) * width;
  const windows = Array.from({ length: size }, (_, i): Window => {
    const centre = scale * (i + 0.5);
    const start = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), input);
    const weights = Array.from({ length: end - start }, (_, k) => {
      const distance = Math.abs((start + k - centre + 0.5) / width);
      return cubic ? cubicFilter(distance) : Math.max(1 - distance, 0);
    });
    const total = weights.reduce((a, b) => a + b, 0);
    return { start, weights: weights.map((weight) => weight / total) };
  });
  return weighAlong(x, axis, windows);
}

/** The cubic kernel of parameter -0.5 (Keys 1981), which image libraries filter with. */
function cubicFilter(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}
