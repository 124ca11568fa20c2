import { ArgumentError, formatShape, normalizeAxis } from '@gradus/storage';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { type Axis, assertLength, complexAlong, halfAlong, realAlong } from './axis.ts';
import { assertComplex } from './complex.ts';
import { type FftNorm, scaled } from './norm.ts';

/**
 * Fourier transforms along several axes, with complex numbers as in one dimension. Half spectra are halved along the last
 * of the axes.
 *
 * @see https://pytorch.org/docs/stable/fft.html
 */

export interface FftnOptions {
  /** The length of each axis, as `n` in one dimension; -1 leaves one as it is. */
  readonly s?: readonly number[];
  /** Default: as many of the last axes as `s` has lengths, or all; of the two-dimensional transforms the last two. */
  readonly dim?: number | readonly number[];
  /** Default `backward`: only the inverse transform is divided by the number of points. */
  readonly norm?: FftNorm;
}

/** Complex [..., 2] to its spectrum along the axes. */
export function fftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return complexToComplex('fftn', x, options, false);
}

/** Takes back `fftn`. */
export function ifftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return complexToComplex('ifftn', x, options, true);
}

/** Real [...] to the half of its spectrum that says all. */
export function rfftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return realToHalf('rfftn', x, options, false);
}

/** Takes back `rfftn`. */
export function irfftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return halfToReal('irfftn', x, options, true);
}

/** Half of a signal that is the conjugate of its mirror image to its real spectrum. */
export function hfftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return halfToReal('hfftn', x, options, false);
}

/** Takes back `hfftn`. */
export function ihfftn(x: Tensor, options: FftnOptions = {}): Tensor {
  return realToHalf('ihfftn', x, options, true);
}

/** `fftn` over two axes, by default the last ones. */
export function fft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return complexToComplex('fft2', x, inPlane(options), false);
}

/** `ifftn` over two axes, by default the last ones. */
export function ifft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return complexToComplex('ifft2', x, inPlane(options), true);
}

/** `rfftn` over two axes, by default the last ones. */
export function rfft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return realToHalf('rfft2', x, inPlane(options), false);
}

/** `irfftn` over two axes, by default the last ones. */
export function irfft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return halfToReal('irfft2', x, inPlane(options), true);
}

/** `hfftn` over two axes, by default the last ones. */
export function hfft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return halfToReal('hfft2', x, inPlane(options), false);
}

/** `ihfftn` over two axes, by default the last ones. */
export function ihfft2(x: Tensor, options: FftnOptions = {}): Tensor {
  return realToHalf('ihfft2', x, inPlane(options), true);
}

function inPlane(options: FftnOptions): FftnOptions {
  return { ...options, dim: options.dim ?? [-2, -1] };
}

function complexToComplex(op: string, x: Tensor, options: FftnOptions, inverse: boolean): Tensor {
  assertComplex(op, x);
  return scope(() => {
    const axes = axesOf(op, x, x.ndim - 1, options, (m) => m);
    const result = axes.reduceRight((y, axis) => complexAlong(y, axis, inverse), x);
    return scaled(op, result, pointsOf(axes), inverse, options.norm);
  });
}

function realToHalf(op: string, x: Tensor, options: FftnOptions, inverse: boolean): Tensor {
  return scope(() => {
    const axes = axesOf(op, x, x.ndim, options, (m) => m);
    const half = realAlong(x, axes.at(-1) as Axis, inverse);
    const result = axes.slice(0, -1).reduceRight((y, axis) => complexAlong(y, axis, inverse), half);
    return scaled(op, result, pointsOf(axes), inverse, options.norm);
  });
}

function halfToReal(op: string, x: Tensor, options: FftnOptions, inverse: boolean): Tensor {
  assertComplex(op, x);
  return scope(() => {
    const axes = axesOf(op, x, x.ndim - 1, options, (m) => 2 * (m - 1));
    const half = axes.slice(0, -1).reduce((y, axis) => complexAlong(y, axis, inverse), x);
    return scaled(op, halfAlong(half, axes.at(-1) as Axis, inverse), pointsOf(axes), inverse, options.norm);
  });
}

function pointsOf(axes: readonly Axis[]): number {
  return axes.reduce((points, { n }) => points * n, 1);
}

/** The axes in the order given, with their lengths; `lastOf` gives that of the last one where no length is given. */
function axesOf(
  op: string,
  x: Tensor,
  rank: number,
  { s, dim }: FftnOptions,
  lastOf: (m: number) => number,
): readonly Axis[] {
  const dims = dim === undefined ? lastAxes(rank, s?.length ?? rank) : typeof dim === 'number' ? [dim] : dim;
  const axes = dims.map((axis) => normalizeAxis(op, axis, rank));
  if (axes.length === 0 || new Set(axes).size < axes.length || (s !== undefined && s.length !== axes.length)) {
    throw new ArgumentError(
      `${op}: needs different axes${s ? `, and as many as lengths in ${formatShape(s)}` : ''}, got ${formatShape(dims)}`,
    );
  }
  return axes.map((axis, i) => {
    const size = x.shape[axis] ?? 1;
    const given = s?.[i] ?? -1;
    const n = given !== -1 ? given : i === axes.length - 1 ? lastOf(size) : size;
    assertLength(op, n);
    return { axis, n };
  });
}

function lastAxes(rank: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => rank - count + i);
}
