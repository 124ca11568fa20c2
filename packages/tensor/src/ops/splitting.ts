import { ArgumentError, formatShape, normalizeAxis, ShapeError } from '@gradus/storage';
import type { Tensor } from '../tensor.ts';
import { narrow, select, slice } from './movement.ts';

/**
 * One tensor into several views.
 *
 * @see https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops
 */

interface DimOptions {
  /** Default 0. */
  readonly dim?: number;
}

/** Parts of `size` along `dim` (the last may be smaller), or of the given sizes, which fill it. */
export function split(x: Tensor, size: number | readonly number[], options: DimOptions = {}): Tensor[] {
  if (typeof size !== 'number') return splitWithSizes(x, size, options);
  const { axis, length } = axisOf('split', x, options);
  if (!Number.isInteger(size) || size < 0 || (size === 0 && length > 0)) {
    throw new ArgumentError(`split: the size of a part must be a positive integer, got ${size}`);
  }
  const count = Math.max(Math.ceil(length / Math.max(size, 1)), 1);
  return asOneOf(
    'split',
    Array.from({ length: count }, (_, i) => narrow(x, axis, i * size, Math.min(size, length - i * size))),
  );
}

/** Parts of the given sizes along `dim`; they must fill it. */
export function splitWithSizes(x: Tensor, sizes: readonly number[], options: DimOptions = {}): Tensor[] {
  const { axis, length } = axisOf('split', x, options);
  if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== length) {
    throw new ArgumentError(`split: sizes ${formatShape(sizes)} don't fill axis ${axis} of ${formatShape(x.shape)}`);
  }
  let start = 0;
  const parts = sizes.map((size) => {
    const part = narrow(x, axis, start, size);
    start += size;
    return part;
  });
  return asOneOf('split', parts);
}

/** At most `chunks` parts along `dim`, all of one size but the last. */
export function chunk(x: Tensor, chunks: number, options: DimOptions = {}): Tensor[] {
  const { length } = axisOf('chunk', x, options);
  assertCount('chunk', chunks);
  if (length === 0) return splitWithSizes(x, new Array<number>(chunks).fill(0), options);
  return split(x, Math.ceil(length / chunks), options);
}

/** Exactly so many parts along `dim`, the first ones larger by one if they must; or the parts between given indices. */
export function tensorSplit(x: Tensor, sections: number | readonly number[], options: DimOptions = {}): Tensor[] {
  const { axis, length } = axisOf('tensorSplit', x, options);
  if (typeof sections === 'number') {
    assertCount('tensorSplit', sections);
    const [size, larger] = [Math.floor(length / sections), length % sections];
    const start = (i: number): number => i * size + Math.min(i, larger);
    return Array.from({ length: sections }, (_, i) => narrow(x, axis, start(i), start(i + 1) - start(i)));
  }
  const bounds = [0, ...sections, length];
  return bounds.slice(1).map((end, i) => slice(x, axis, bounds[i] as number, end));
}

/** `tensorSplit` along the second axis, of vectors along the first; a number must divide the axis. */
export function hsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  return evenly('hsplit', x, sections, 1, x.ndim === 1 ? 0 : 1);
}

/** `tensorSplit` along the first axis; a number must divide it. */
export function vsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  return evenly('vsplit', x, sections, 2, 0);
}

/** `tensorSplit` along the third axis; a number must divide it. */
export function dsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  return evenly('dsplit', x, sections, 3, 2);
}

/** The slices along `dim`, without it. */
export function unbind(x: Tensor, options: DimOptions = {}): Tensor[] {
  const { axis, length } = axisOf('unbind', x, options);
  return asOneOf(
    'unbind',
    Array.from({ length }, (_, i) => select(x, axis, i)),
  );
}

/** Views that are several results of one op. */
function asOneOf(op: string, parts: Tensor[]): Tensor[] {
  for (const part of parts) if (part.source !== null) part.source = { ...part.source, oneOf: op };
  return parts;
}

function evenly(op: string, x: Tensor, sections: number | readonly number[], minAxes: number, axis: number): Tensor[] {
  if (x.ndim < minAxes)
    throw new ShapeError(`${op}: needs at least ${minAxes} axes, got shape ${formatShape(x.shape)}`);
  if (typeof sections === 'number' && (x.shape[axis] as number) % sections !== 0) {
    throw new ArgumentError(
      `${op}: ${sections} doesn't divide axis ${axis} of ${formatShape(x.shape)}; use tensorSplit`,
    );
  }
  return tensorSplit(x, sections, { dim: axis });
}

function axisOf(op: string, x: Tensor, { dim = 0 }: DimOptions): { readonly axis: number; readonly length: number } {
  if (x.ndim === 0) throw new ShapeError(`${op}: a scalar has no axis to split`);
  const axis = normalizeAxis(op, dim, x.ndim);
  return { axis, length: x.shape[axis] as number };
}

function assertCount(op: string, count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`${op}: at least one part is needed, got ${count}`);
}
