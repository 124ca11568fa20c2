import { ArgumentError } from '@gradus/storage';
import { mul } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/** Which direction of a transform is divided by the number of points; `ortho` divides both by its square root. */
export type FftNorm = 'backward' | 'ortho' | 'forward';

/** A transform over `points` points as `norm` has it. */
export function scaled(op: string, x: Tensor, points: number, inverse: boolean, norm: FftNorm = 'backward'): Tensor {
  const factor = factors[norm];
  if (factor === undefined)
    throw new ArgumentError(`${op}: norm must be 'backward', 'ortho' or 'forward', got '${norm}'`);
  const by = factor(points, inverse);
  return by === 1 ? x : mul(x, by);
}

const factors: Readonly<Record<FftNorm, (points: number, inverse: boolean) => number>> = {
  backward: (points, inverse) => (inverse ? 1 / points : 1),
  forward: (points, inverse) => (inverse ? 1 : 1 / points),
  ortho: (points) => 1 / Math.sqrt(points),
};
