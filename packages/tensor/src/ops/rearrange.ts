import { ArgumentError, formatShape, Layout, normalizeAxis, ShapeError } from '@gradus/storage';
import { cat, copy, place } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { data, dataSync } from '../read.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelect } from './gather.ts';
import { diagonal, expand, flip, narrow, reshape, transpose, unsqueeze, view } from './movement.ts';
import { positions } from './positions.ts';

/** Elements repeated, rolled, turned or laid out anew. What can be a view is one (flips, turns, `t`). */

/** x repeated so many times along each axis; axes are added in front. Always a copy. */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const added = repeats.length - x.ndim;
  if (added < 0 || repeats.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      `repeat: one count for each axis of ${formatShape(x.shape)} is needed, got ${formatShape(repeats)}`,
    );
  }
  const sizes = repeats.map((_, i) => (i < added ? 1 : (x.shape[i - added] as number)));
  return scope(() => {
    const single = reshape(
      x,
      sizes.flatMap((n) => [1, n]),
    );
    const repeated = expand(
      single,
      sizes.flatMap((n, i) => [repeats[i] as number, n]),
    );
    return reshape(
      copy('repeat', repeated),
      sizes.map((n, i) => n * (repeats[i] as number)),
    );
  });
}

/** `repeat` with counts for the last axes; missing ones are 1. */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  return repeat(x, [...new Array<number>(Math.max(x.ndim - counts.length, 0)).fill(1), ...counts]);
}

interface RepeatOptions {
  /** Default: x is flattened. */
  readonly dim?: number;
}

/**
 * Each element (each slice along `dim`) repeated in place: by one number, or by one per slice. Counts that are a tensor
 * decide the shape: `repeatInterleaveAsync`, or `repeatInterleaveSync` where the backend reads synchronously.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.repeat_interleave.html
 */
export function repeatInterleave(x: Tensor, repeats: number | ArrayLike<number>, options: RepeatOptions = {}): Tensor {
  if (options.dim === undefined) return scope(() => repeatInterleave(reshape(x, [-1]), repeats, { dim: 0 }));
  if (x.ndim === 0) return scope(() => repeatInterleave(reshape(x, [1]), repeats, options));
  const axis = normalizeAxis('repeatInterleave', options.dim, x.ndim);
  const length = x.shape[axis] as number;
  const counts = typeof repeats === 'number' ? [repeats] : Array.from(repeats);
  if (counts.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ArgumentError('repeatInterleave: counts must be non-negative integers');
  }
  if (counts.length === 1) return repeatAlong(x, axis, counts[0] as number);
  if (counts.length !== length) {
    throw new ShapeError(`repeatInterleave: ${counts.length} counts for the ${length} slices along axis ${axis}`);
  }
  const places = counts.flatMap((n, i) => new Array<number>(n).fill(i));
  return scope(() => indexSelect(x, axis, positions(x.backend, places)));
}

/** `repeatInterleave` by counts that are a tensor; waits for them. */
export async function repeatInterleaveAsync(x: Tensor, repeats: Tensor, options: RepeatOptions = {}): Promise<Tensor> {
  return repeatInterleave(x, await data(repeats), options);
}

export function repeatInterleaveSync(x: Tensor, repeats: Tensor, options: RepeatOptions = {}): Tensor {
  return repeatInterleave(x, dataSync(repeats), options);
}

function repeatAlong(x: Tensor, axis: number, count: number): Tensor {
  const length = x.shape[axis] as number;
  return scope(() => {
    const repeated = expand(unsqueeze(x, axis + 1), x.shape.toSpliced(axis + 1, 0, count));
    return reshape(copy('repeatInterleave', repeated), x.shape.with(axis, length * count));
  });
}

/** Elements moved along axes; what leaves at the end comes back at the start. Without `dims`, in row-major order. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  options: { readonly dims?: number | readonly number[] } = {},
): Tensor {
  const { dims } = options;
  if (dims === undefined) return scope(() => reshape(roll(reshape(x, [-1]), shifts, { dims: 0 }), x.shape));
  const [by, along] = [listed(shifts), listed(dims)];
  if (by.length !== along.length) throw new ArgumentError(`roll: ${by.length} shifts for ${along.length} axes`);
  if (x.ndim === 0) return copy('roll', x);
  return scope(() =>
    along.reduce((rolled, dim, i) => rollAlong(rolled, normalizeAxis('roll', dim, x.ndim), by[i] as number), x),
  );
}

function rollAlong(x: Tensor, axis: number, shift: number): Tensor {
  const length = x.shape[axis] as number;
  const start = length === 0 ? 0 : ((-shift % length) + length) % length;
  return cat([narrow(x, axis, start, length - start), narrow(x, axis, 0, start)], axis);
}

/** A view turned by k quarters from the first of two axes towards the second. */
export function rot90(
  x: Tensor,
  options: { readonly k?: number; readonly dims?: readonly [number, number] } = {},
): Tensor {
  const { k = 1, dims = [0, 1] } = options;
  const [a, b] = dims.map((dim) => normalizeAxis('rot90', dim, x.ndim)) as [number, number];
  if (dims.length !== 2 || a === b || x.ndim < 2) {
    throw new ArgumentError(
      `rot90: two different axes are needed, got ${formatShape(dims)} of ${formatShape(x.shape)}`,
    );
  }
  const quarters = ((k % 4) + 4) % 4;
  return scope(() => {
    if (quarters === 0) return expand(x, x.shape);
    if (quarters === 2) return flip(x, [a, b]);
    return quarters === 1 ? transpose(flip(x, b), a, b) : flip(transpose(x, a, b), b);
  });
}

/** A view with the second axis reversed. */
export function fliplr(x: Tensor): Tensor {
  if (x.ndim < 2) throw new ShapeError(`fliplr: needs at least 2 axes, got shape ${formatShape(x.shape)}`);
  return flip(x, 1);
}

/** A view with the first axis reversed. */
export function flipud(x: Tensor): Tensor {
  if (x.ndim < 1) throw new ShapeError('flipud: a scalar has no axis to flip');
  return flip(x, 0);
}

/** The diagonal of a matrix as a vector, or a matrix with a vector on its diagonal; `diagonal` above the main one. */
export function diag(x: Tensor, options: { readonly diagonal?: number } = {}): Tensor {
  const { diagonal: offset = 0 } = options;
  if (x.ndim === 1) return diagEmbed(x, { offset });
  if (x.ndim !== 2) throw new ShapeError(`diag: needs a vector or matrix, got shape ${formatShape(x.shape)}`);
  return scope(() => copy('diag', diagonal(x, offset)));
}

interface DiagonalOptions {
  /** How far above the main diagonal; negative is below. */
  readonly offset?: number;
  readonly dim1?: number;
  readonly dim2?: number;
}

/** Zeros with the last axis of x along the diagonal of two new axes, by default the last ones. */
export function diagEmbed(x: Tensor, options: DiagonalOptions = {}): Tensor {
  const { offset = 0, dim1 = -2, dim2 = -1 } = options;
  const [axis1, axis2] = [normalizeAxis('diagEmbed', dim1, x.ndim + 1), normalizeAxis('diagEmbed', dim2, x.ndim + 1)];
  if (x.ndim === 0 || axis1 === axis2) {
    throw new ArgumentError(
      `diagEmbed: needs at least one axis and two different new ones, got ${formatShape(x.shape)}, ${dim1}, ${dim2}`,
    );
  }
  const size = (x.shape[x.ndim - 1] as number) + Math.abs(offset);
  const rest = x.shape.slice(0, -1);
  const shape = Array.from({ length: x.ndim + 1 }, (_, i) =>
    i === axis1 || i === axis2 ? size : (rest.shift() as number),
  );
  return place(x, { type: 'diagonal', axis1, axis2, diagonalOffset: offset }, Layout.contiguous(shape));
}

/** A matrix with all elements of x on its diagonal. */
export function diagflat(x: Tensor, options: { readonly offset?: number } = {}): Tensor {
  return scope(() => diagEmbed(reshape(x, [-1]), options));
}

/** The transpose of a matrix; vectors and scalars stay. */
export function t(x: Tensor): Tensor {
  if (x.ndim > 2) throw new ShapeError(`t: needs at most 2 axes, got shape ${formatShape(x.shape)}; use transpose`);
  return x.ndim === 2 ? transpose(x, 0, 1) : expand(x, x.shape);
}

export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, other.shape);
}

export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, other.shape);
}

export function viewAs(x: Tensor, other: Tensor): Tensor {
  return view(x, other.shape);
}

/** A scalar as a vector of one element; anything else as it is. */
export function atleast1d(x: Tensor): Tensor {
  return x.ndim === 0 ? reshape(x, [1]) : x;
}

/** Scalars and vectors as a matrix of one row. */
export function atleast2d(x: Tensor): Tensor {
  return x.ndim < 2 ? reshape(x, [1, x.size]) : x;
}

/** Vectors as [1, n, 1], matrices with an axis more at the end. */
export function atleast3d(x: Tensor): Tensor {
  if (x.ndim > 2) return x;
  return x.ndim === 2 ? unsqueeze(x, 2) : reshape(x, [1, x.size, 1]);
}

function listed(value: number | readonly number[]): readonly number[] {
  return typeof value === 'number' ? [value] : value;
}
