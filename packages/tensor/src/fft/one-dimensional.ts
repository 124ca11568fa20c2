import { normalizeAxis } from '@gradus/storage';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { type Axis, assertLength, complexAlong, halfAlong, realAlong } from './axis.ts';
import { assertComplex } from './complex.ts';
import { type FftNorm, scaled } from './norm.ts';

/**
 * Fourier transforms along one axis. Complex numbers are a trailing axis of size 2 (real, imaginary), which no other axis
 * counts: `dim: -1` is the one before it. Integers are lifted to float32.
 *
 * @see https://pytorch.org/docs/stable/fft.html
 */

export interface FftOptions {
  /** The length that the axis is cut or padded with zeros to; where the result is real, its length. */
  readonly n?: number;
  /** Default: the last axis. */
  readonly dim?: number;
  /** Default `backward`: only the inverse transform is divided by n. */
  readonly norm?: FftNorm;
}

/** Complex [..., m, 2] to its spectrum, complex [..., n, 2]; `complex(x)` makes a real x complex. */
export function fft(x: Tensor, options: FftOptions = {}): Tensor {
  return complexToComplex('fft', x, options, false);
}

/** Takes back `fft`. */
export function ifft(x: Tensor, options: FftOptions = {}): Tensor {
  return complexToComplex('ifft', x, options, true);
}

/** Real [..., m] to the half of its spectrum that says all, complex [..., floor(n / 2) + 1, 2]. */
export function rfft(x: Tensor, options: FftOptions = {}): Tensor {
  return realToHalf('rfft', x, options, false);
}

/** Takes back `rfft`: complex [..., m, 2] to real [..., n], by default 2 (m - 1) of them. */
export function irfft(x: Tensor, options: FftOptions = {}): Tensor {
  return halfToReal('irfft', x, options, true);
}

/** The first half of a signal that is the conjugate of its mirror image, complex [..., m, 2], to its real spectrum. */
export function hfft(x: Tensor, options: FftOptions = {}): Tensor {
  return halfToReal('hfft', x, options, false);
}

/** Takes back `hfft`: real [..., n] to complex [..., floor(n / 2) + 1, 2]. */
export function ihfft(x: Tensor, options: FftOptions = {}): Tensor {
  return realToHalf('ihfft', x, options, true);
}

function complexToComplex(op: string, x: Tensor, options: FftOptions, inverse: boolean): Tensor {
  assertComplex(op, x);
  return scope(() => {
    const along = axisOf(op, x, x.ndim - 1, options, (m) => m);
    return scaled(op, complexAlong(x, along, inverse), along.n, inverse, options.norm);
  });
}

function realToHalf(op: string, x: Tensor, options: FftOptions, inverse: boolean): Tensor {
  return scope(() => {
    const along = axisOf(op, x, x.ndim, options, (m) => m);
    return scaled(op, realAlong(x, along, inverse), along.n, inverse, options.norm);
  });
}

function halfToReal(op: string, x: Tensor, options: FftOptions, inverse: boolean): Tensor {
  assertComplex(op, x);
  return scope(() => {
    const along = axisOf(op, x, x.ndim - 1, options, (m) => 2 * (m - 1));
    return scaled(op, halfAlong(x, along, inverse), along.n, inverse, options.norm);
  });
}

function axisOf(op: string, x: Tensor, rank: number, options: FftOptions, lengthOf: (m: number) => number): Axis {
  const axis = normalizeAxis(op, options.dim ?? -1, rank);
  const n = options.n ?? lengthOf(x.shape[axis] ?? 1);
  assertLength(op, n);
  return { axis, n };
}
