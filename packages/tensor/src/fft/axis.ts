import { ArgumentError, isFloat } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { pad } from '../functional/padding.ts';
import { float } from '../ops/conversion.ts';
import { movedim, narrow, reshape, select, unsqueeze } from '../ops/movement.ts';
import { mul } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { transform } from './transform.ts';

/** Transforms along one axis (not counting the one that holds real and imaginary parts), none of them scaled. */

/** An axis, and the length that the signal is cut or padded with zeros to, or that comes out where it is real. */
export interface Axis {
  readonly axis: number;
  readonly n: number;
}

/** Complex [..., m, ..., 2] to complex [..., n, ..., 2]. */
export function complexAlong(x: Tensor, { axis, n }: Axis, inverse: boolean): Tensor {
  const rows = resized(movedim(floating(x), [axis, -1], [-1, -2]), n);
  return movedim(transformRows(rows, inverse), [-1, -2], [axis, -1]);
}

/** Real [..., m, ...] to the first n / 2 + 1 frequencies, complex [..., floor(n / 2) + 1, ..., 2]. */
export function realAlong(x: Tensor, { axis, n }: Axis, inverse: boolean): Tensor {
  const rows = unsqueeze(resized(movedim(floating(x), axis, -1), n), -2);
  const half = narrow(transformRows(rows, inverse), -1, 0, halfOf(n));
  return movedim(half, [-1, -2], [axis, -1]);
}

/**
 * The first frequencies of a real signal, complex [..., m, ..., 2], to the signal, [..., n, ...]. The others are their
 * conjugates, which add the same real part once more: all but the frequency 0 and, of an even n, the highest one count
 * twice. The imaginary parts of these two have no influence.
 */
export function halfAlong(x: Tensor, { axis, n }: Axis, inverse: boolean): Tensor {
  const count = halfOf(n);
  const half = resized(movedim(floating(x), [axis, -1], [-1, -2]), count);
  const counts = Float64Array.from({ length: count }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2));
  const weighted = mul(half, fromValues(counts, [count], { dtype: half.dtype, backend: x.backend }));
  return movedim(select(transformRows(resized(weighted, n), inverse), -2, 0), -1, axis);
}

function halfOf(n: number): number {
  return Math.floor(n / 2) + 1;
}

function transformRows(rows: Tensor, inverse: boolean): Tensor {
  const [parts, n] = rows.shape.slice(-2) as [number, number];
  const outer = rows.shape.slice(0, -2);
  const batch = outer.reduce((a, b) => a * b, 1);
  return reshape(transform(reshape(rows, [batch, parts, n]), inverse), [...outer, 2, n]);
}

/** The last axis cut or padded with zeros. */
function resized(x: Tensor, n: number): Tensor {
  const length = x.shape.at(-1) as number;
  if (n === length) return x;
  return n < length ? narrow(x, -1, 0, n) : pad(x, [0, n - length]);
}

function floating(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : float(x);
}

/** @throws ArgumentError for a length that nothing can be transformed to. */
export function assertLength(op: string, n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError(`${op}: the length must be a positive integer, got ${n}`);
}
