import { normalizeAxes } from '@gradus/storage';
import { fromValues, type TensorOptions } from '../creation.ts';
import { roll } from '../ops/rearrange.ts';
import type { Tensor } from '../tensor.ts';
import { assertLength } from './axis.ts';

/** The frequencies that a spectrum has, and their order. */

export interface FrequencyOptions extends TensorOptions {
  /** The distance between samples. Default 1. */
  readonly d?: number;
}

/** The frequencies of `fft` over n points: 0, 1, ..., the negative ones from the lowest on, over n d. */
export function fftfreq(n: number, options: FrequencyOptions = {}): Tensor {
  assertLength('fftfreq', n);
  const positive = Math.ceil(n / 2);
  return frequencies(n, n, (k) => (k < positive ? k : k - n), options);
}

/** The frequencies of `rfft` over n points: 0, 1, ... floor(n / 2), over n d. */
export function rfftfreq(n: number, options: FrequencyOptions = {}): Tensor {
  assertLength('rfftfreq', n);
  return frequencies(Math.floor(n / 2) + 1, n, (k) => k, options);
}

function frequencies(
  count: number,
  n: number,
  of: (k: number) => number,
  { d = 1, ...options }: FrequencyOptions,
): Tensor {
  const values = Float64Array.from({ length: count }, (_, k) => of(k) / (n * d));
  return fromValues(values, [count], options);
}

interface ShiftOptions {
  /** Default: all axes. Of a complex tensor, name them: here its trailing axis counts as one. */
  readonly dim?: number | readonly number[];
}

/** Halves swapped along axes, so that index 0 comes to the middle: the order of frequencies by size. */
export function fftshift(x: Tensor, options: ShiftOptions = {}): Tensor {
  return shiftBy('fftshift', x, options, (length) => Math.floor(length / 2));
}

/** Takes back `fftshift`. */
export function ifftshift(x: Tensor, options: ShiftOptions = {}): Tensor {
  return shiftBy('ifftshift', x, options, (length) => Math.ceil(length / 2));
}

function shiftBy(op: string, x: Tensor, { dim }: ShiftOptions, shiftOf: (length: number) => number): Tensor {
  const dims = normalizeAxes(op, dim, x.ndim);
  return roll(
    x,
    dims.map((axis) => shiftOf(x.shape[axis] as number)),
    { dims },
  );
}
