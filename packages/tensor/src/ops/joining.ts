import {
  ArgumentError,
  broadcastShapes as common,
  formatShape,
  normalizeAxis,
  promoteTypes,
  type Shape,
  ShapeError,
  sameShape,
} from '@gradus/storage';
import { zeros } from '../creation.ts';
import { copy, cat as launch } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelect } from './gather.ts';
import { expand, flatten, reshape, transpose, unsqueeze } from './movement.ts';
import { positions } from './positions.ts';
import { atleast1d, atleast2d, atleast3d } from './rearrange.ts';

/**
 * Several tensors into one, or brought to one shape.
 *
 * @see https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops
 */

interface DimOptions {
  /** Default 0. */
  readonly dim?: number;
}

/** Tensors of one shape, but for `dim`, one after another along it. Dtypes are promoted; vectors of no elements are skipped. */
export function cat(tensors: readonly Tensor[], options: DimOptions = {}): Tensor {
  const first = firstOf('cat', tensors);
  const parts = tensors.filter((part) => part.ndim !== 1 || part.size > 0);
  const { shape } = parts[0] ?? first;
  if (shape.length === 0) throw new ShapeError('cat: a tensor has no axes; use stack');
  const axis = normalizeAxis('cat', options.dim ?? 0, shape.length);
  for (const part of parts) {
    if (part.ndim === shape.length && part.shape.every((n, i) => i === axis || n === shape[i])) continue;
    throw new ShapeError(
      `cat: sizes must agree along every axis but ${axis}, got ${tensors.map((x) => formatShape(x.shape)).join(', ')}`,
    );
  }
  const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
  return scope(() =>
    launch(
      (parts.length > 0 ? parts : [first]).map((x) => (x.dtype === dtype ? x : copy('cat', x, dtype))),
      axis,
    ),
  );
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], options: DimOptions = {}): Tensor {
  const { shape, ndim } = firstOf('stack', tensors);
  const axis = normalizeAxis('stack', options.dim ?? 0, ndim + 1);
  const other = tensors.find((x) => !sameShape(x.shape, shape));
  if (other !== undefined) {
    throw new ShapeError(`stack: shapes must be equal, got ${formatShape(shape)} and ${formatShape(other.shape)}`);
  }
  return scope(() =>
    cat(
      tensors.map((x) => unsqueeze(x, axis)),
      { dim: axis },
    ),
  );
}

/** `cat` along the second axis; of vectors and scalars along the first. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  return scope(() => {
    const parts = tensors.map(atleast1d);
    return cat(parts, { dim: firstOf('hstack', parts).ndim === 1 ? 0 : 1 });
  });
}

/** `cat` along the first axis; vectors are rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return scope(() => cat(tensors.map(atleast2d)));
}

/** `cat` along the third axis, which is added where missing. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return scope(() => cat(tensors.map(atleast3d), { dim: 2 }));
}

/** `hstack` that takes vectors for columns. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  return scope(() => hstack(tensors.map((x) => (x.ndim < 2 ? reshape(x, [x.size, 1]) : x))));
}

/** Matrices along the diagonal of a larger one, zeros elsewhere; vectors are rows. */
export function blockDiag(...tensors: readonly Tensor[]): Tensor {
  const { backend } = firstOf('blockDiag', tensors);
  return scope(() => {
    const blocks = tensors.map(atleast2d);
    const widths = blocks.map(({ shape }) => shape[1] as number);
    const total = widths.reduce((sum, width) => sum + width, 0);
    const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
    let before = 0;
    const rows = blocks.map((block, i) => {
      if (block.ndim > 2)
        throw new ShapeError(`blockDiag: blocks have at most 2 axes, got ${formatShape(block.shape)}`);
      const [height, width] = [block.shape[0] as number, widths[i] as number];
      const blank = (columns: number): Tensor => zeros([height, columns], { dtype, backend });
      const row = cat([blank(before), block, blank(total - before - width)], { dim: 1 });
      before += width;
      return row;
    });
    return cat(rows);
  });
}

/** The shape that all broadcast to. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  return common('broadcastShapes', ...shapes);
}

/** Views of one shape. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
  const shape = common('broadcastTensors', ...tensors.map((x) => x.shape));
  return tensors.map((x) => expand(x, shape));
}

/**
 * Coordinates of a grid: each vector (or scalar) along an axis of its own and repeated along the others, as views.
 * `indexing: 'xy'` swaps the first two axes.
 */
export function meshgrid(tensors: readonly Tensor[], options: { readonly indexing?: 'ij' | 'xy' } = {}): Tensor[] {
  const { indexing = 'ij' } = options;
  if (indexing !== 'ij' && indexing !== 'xy')
    throw new ArgumentError(`meshgrid: indexing is 'ij' or 'xy', not '${indexing}'`);
  const long = tensors.find((x) => x.ndim > 1);
  if (long !== undefined)
    throw new ShapeError(`meshgrid: needs vectors or scalars, got shape ${formatShape(long.shape)}`);
  const shape = tensors.map((x) => x.size);
  const swap = indexing === 'xy' && tensors.length > 1;
  return scope(() =>
    tensors.map((x, axis) => {
      const grid = expand(
        reshape(
          x,
          shape.map((_, i) => (i === axis ? x.size : 1)),
        ),
        shape,
      );
      return swap ? transpose(grid, 0, 1) : grid;
    }),
  );
}

/** All tuples with one element of each vector, as rows; of one vector, its elements. */
export function cartesianProd(...tensors: readonly Tensor[]): Tensor {
  const first = firstOf('cartesianProd', tensors);
  if (tensors.length === 1) return first;
  return scope(() =>
    stack(
      meshgrid(tensors).map((grid) => flatten(grid)),
      { dim: 1 },
    ),
  );
}

/** All subsets of `r` elements of a vector (multisets `withReplacement`), as rows in lexicographic order of places. */
export function combinations(
  x: Tensor,
  options: { readonly r?: number; readonly withReplacement?: boolean } = {},
): Tensor {
  const { r = 2, withReplacement = false } = options;
  if (x.ndim !== 1) throw new ShapeError(`combinations: needs a vector, got shape ${formatShape(x.shape)}`);
  if (!Number.isInteger(r) || r < 0)
    throw new ArgumentError(`combinations: r must be a non-negative integer, got ${r}`);
  const rows: number[][] = [];
  const extend = (row: readonly number[], from: number): void => {
    if (row.length === r) rows.push([...row]);
    else for (let i = from; i < x.size; i++) extend([...row, i], withReplacement ? i : i + 1);
  };
  if (r > 0) extend([], 0);
  const shape = r === 0 ? [0] : [rows.length, r];
  return scope(() => reshape(indexSelect(x, 0, positions(x.backend, rows.flat())), shape));
}

function firstOf(op: string, tensors: readonly Tensor[]): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new ArgumentError(`${op}: at least one tensor is needed`);
  return first;
}
