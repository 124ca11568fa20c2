import { ArgumentError, isFloat, limitsOf } from '@gradus/storage';
import type { Tensor } from '../tensor.ts';
import { clone } from './conversion.ts';
import type { Operand } from './pointwise/define.ts';
import { clampBetween, clampMax, clampMin, replaceNonFinite } from './pointwise/index.ts';

interface ClampOptions {
  readonly min?: Operand;
  readonly max?: Operand;
}

/**
 * x limited to [min, max]: numbers or tensors, one of them may be left out. NaN stays; where min > max the result is max.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.clamp.html
 */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  const { min, max } = assertLimits(options);
  if (min === undefined) return clampMax(x, max as Operand);
  return max === undefined ? clampMin(x, min) : clampBetween(x, min, max);
}

/** `clamp` in place. */
export function clamp_(x: Tensor, options: ClampOptions): Tensor {
  const { min, max } = assertLimits(options);
  if (min === undefined) return clampMax.inPlace(x, max as Operand);
  return max === undefined ? clampMin.inPlace(x, min) : clampBetween.inPlace(x, min, max);
}

function assertLimits(options: ClampOptions): ClampOptions {
  if (options.min === undefined && options.max === undefined) throw new ArgumentError('clamp: pass min, max or both');
  return options;
}

/** PyTorch's other name of `clamp`. */
export const clip: typeof clamp = clamp;

interface NonFiniteValues {
  /** Default 0. */
  readonly nan?: number;
  /** Default: the largest finite number of the dtype. */
  readonly posinf?: number;
  /** Default: the lowest finite number of the dtype. */
  readonly neginf?: number;
}

/**
 * NaN and infinities replaced by numbers.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nan_to_num.html
 */
export function nanToNum(x: Tensor, values: NonFiniteValues = {}): Tensor {
  if (!isFloat(x.dtype)) return clone(x);
  return replaceNonFinite(x, ...replacements(x, values));
}

/** `nanToNum` in place. */
export function nanToNum_(x: Tensor, values: NonFiniteValues = {}): Tensor {
  if (!isFloat(x.dtype)) return x;
  return replaceNonFinite.inPlace(x, ...replacements(x, values));
}

function replacements(x: Tensor, { nan = 0, posinf, neginf }: NonFiniteValues): readonly [number, number, number] {
  const { min, max } = limitsOf(x.dtype);
  return [nan, posinf ?? max, neginf ?? min];
}
