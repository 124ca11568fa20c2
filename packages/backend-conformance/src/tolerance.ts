import { type DType, isFloat } from '@gradus/storage';

/** A result r is right for an expected e where |r - e| <= absolute + relative * |e|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export const exact: Tolerance = { relative: 0, absolute: 0 };

/**
 * What rounding may do. Backends may carry float32 results through float32 intermediates, each of them 2^-24 off, and
 * their exp or sin may be some units in the last place off; the half types are rounded once, after 2^-11 and 2^-8 at
 * most, but intermediates in the type itself are allowed too. float64 leaves room for another library's functions.
 */
const roundings: Readonly<Partial<Record<DType, Tolerance>>> = {
  float64: { relative: 1e-12, absolute: 1e-13 },
  float32: { relative: 2e-5, absolute: 2e-6 },
  float16: { relative: 4e-3, absolute: 2e-3 },
  bfloat16: { relative: 3e-2, absolute: 2e-2 },
};

export function toleranceOf(dtype: DType): Tolerance {
  return roundings[dtype] ?? exact;
}

/** The tolerance of a sum of `terms` terms of about `magnitude`: rounding errors add up, and terms may cancel. */
export function sumTolerance(dtype: DType, terms: number, magnitude = 1): Tolerance {
  const { relative, absolute } = toleranceOf(dtype);
  const growth = Math.max(1, Math.sqrt(terms) * magnitude);
  return isFloat(dtype) ? { relative, absolute: absolute * growth } : exact;
}

/** Both NaN, or within the tolerance; zeros of either sign are equal. */
export function isClose(result: number, expected: number, { relative, absolute }: Tolerance): boolean {
  if (result === expected || (Number.isNaN(result) && Number.isNaN(expected))) return true;
  if (!Number.isFinite(result) || !Number.isFinite(expected)) return false;
  return Math.abs(result - expected) <= absolute + relative * Math.abs(expected);
}
