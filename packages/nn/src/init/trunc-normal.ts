import { scalarOps } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { type Tensor, unrecorded } from '@gradus/tensor';
import { erfinv } from '@gradus/tensor/special';
import type { NormalOptions, UniformOptions } from './distribution.ts';

/**
 * Normal numbers, drawn anew where they fall outside [a, b] (by inverting the distribution function: one draw each).
 *
 * @see https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.trunc_normal_
 */
export function truncNormal_(x: Tensor, options: NormalOptions & UniformOptions = {}): Tensor {
  const { mean = 0, std = 1, a = -2, b = 2 } = options;
  if (!(a < b) || !(std > 0)) {
    throw new ArgumentError(`truncNormal_: std must be positive and a smaller than b, got ${std}, ${a} and ${b}`);
  }
  const [low, high] = [normalDistribution((a - mean) / std), normalDistribution((b - mean) / std)];
  return unrecorded(() => {
    return erfinv
      .inPlace(x.uniform_(2 * low - 1, 2 * high - 1, options))
      .mul_(std * Math.SQRT2)
      .add_(mean)
      .clampBetween_(a, b);
  });
}

/** The probability of a standard normal number below x. */
function normalDistribution(x: number): number {
  return (1 + scalarOps.erf.evaluate(x / Math.SQRT2, 0, 0)) / 2;
}
