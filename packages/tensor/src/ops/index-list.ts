import {
  ArgumentError,
  broadcastShapes,
  flatten,
  formatShape,
  IndexError,
  type NestedArray,
  normalizeIndex,
  type Shape,
  sizeOf,
} from '@gradus/storage';
import { fromValues } from '../creation.ts';
import type { Tensor } from '../tensor.ts';
import { mergeIndices } from './index-operand.ts';
import { expand, movedim, reshape, select, slice, unsqueeze } from './movement.ts';
import { positions } from './positions.ts';

/** Every `step`-th element from `start` to before `end`, as Python's `start:end:step`; what is left out goes to the edge. */
export interface Slice {
  readonly start?: number | null;
  readonly end?: number | null;
  readonly step?: number | null;
}

/**
 * One entry of an index: a number (the axis goes), a slice, `'...'` (all axes in between), null (a new axis), integers
 * as nested arrays or a tensor (they broadcast together, negative ones count from the end), or a mask of booleans over
 * as many axes as it has.
 */
export type Index = number | Slice | '...' | null | readonly NestedArray[] | Tensor;

/** A mask whose values the host knows. */
export interface HostMask {
  readonly shape: Shape;
  readonly values: ArrayLike<number | boolean>;
}

/** A slice for `x.get(range(1, 5), range(0, null, 2))`. */
export function range(start: number | null = null, end: number | null = null, step: number | null = null): Slice {
  return { start, end, step };
}

export function isTensor(value: Index | HostMask | HostIndices): value is Tensor {
  return typeof value === 'object' && value !== null && 'storage' in value;
}

/** An index taken apart. */
export interface Selection {
  /** What the numbers, slices and new axes leave: a view. */
  readonly view: Tensor;
  /** Tensors of indices, each with its axis of the view. */
  readonly indices: readonly { readonly axis: number; readonly index: Tensor }[];
  /** Masks on the device, each with its first axis of the view. */
  readonly masks: readonly { readonly axis: number; readonly mask: Tensor }[];
}

/** Integers that the host knows. */
interface HostIndices {
  readonly shape: Shape;
  readonly integers: ArrayLike<number | boolean>;
}

type Entry = Exclude<Index, readonly NestedArray[]> | HostMask | HostIndices;

/** Applies the entries one after another, from the first axis on. */
export function resolve(op: string, x: Tensor, index: readonly (Index | HostMask)[]): Selection {
  const entries = index.map((entry) => (Array.isArray(entry) ? fromArray(op, entry) : (entry as Entry)));
  const left = x.ndim - entries.reduce<number>((sum, entry) => sum + axesTaken(entry), 0);
  if (left < 0) throw new IndexError(`${op}: too many indices for the ${x.ndim} axes of ${formatShape(x.shape)}`);
  if (entries.indexOf('...') !== entries.lastIndexOf('...')) {
    throw new ArgumentError(`${op}: an index has at most one '...'`);
  }
  let view = x;
  let axis = 0;
  const indices: { axis: number; index: Tensor }[] = [];
  const masks: { axis: number; mask: Tensor }[] = [];
  const take = (index: Tensor): void => {
    indices.push({ axis, index });
    axis++;
  };
  for (const entry of entries) {
    if (typeof entry === 'number') view = select(view, axis, normalizeIndex(op, entry, view.shape[axis] as number));
    else if (entry === '...') axis += left;
    else if (entry === null) view = unsqueeze(view, axis++);
    else if (isHostMask(entry)) {
      assertCovers(op, entry.shape, view, axis);
      for (const along of placesOf(entry)) take(positions(x.backend, along));
    } else if ('integers' in entry) take(onBackend(op, entry, view, axis));
    else if (!isTensor(entry)) {
      view = slice(view, axis++, entry.start ?? 0, entry.end ?? Number.POSITIVE_INFINITY, entry.step ?? 1);
    } else if (entry.dtype === 'bool') {
      assertCovers(op, entry.shape, view, axis);
      masks.push({ axis, mask: entry });
      axis += entry.ndim;
    } else take(entry);
  }
  return { view: view === x ? expand(x, x.shape) : view, indices, masks };
}

/** A nested array: booleans are a mask, numbers are indices. */
function fromArray(op: string, array: readonly NestedArray[]): HostIndices | HostMask {
  const { values, shape, dtype } = flatten(op, array);
  return dtype === 'bool' ? { values, shape } : { integers: values, shape };
}

function onBackend(op: string, { integers, shape }: HostIndices, view: Tensor, axis: number): Tensor {
  const size = view.shape[axis] as number;
  const counted = Array.from(integers, (index) => normalizeIndex(op, Number(index), size));
  return fromValues(counted, shape, { dtype: 'int32', backend: view.backend });
}

function isHostMask(entry: Entry): entry is HostMask {
  return typeof entry === 'object' && entry !== null && 'values' in entry && !isTensor(entry);
}

function axesTaken(entry: Entry): number {
  if (entry === null || entry === '...') return 0;
  if (isHostMask(entry)) return entry.shape.length;
  return isTensor(entry) && entry.dtype === 'bool' ? entry.ndim : 1;
}

function assertCovers(op: string, mask: Shape, view: Tensor, axis: number): void {
  if (mask.length > 0 && mask.every((n, i) => n === view.shape[axis + i])) return;
  throw new IndexError(
    `${op}: a mask of shape ${formatShape(mask)} doesn't match the axes from ${axis} on of ${formatShape(view.shape)}`,
  );
}

/** Per axis of a mask, the coordinates of its true places. */
function placesOf({ shape, values }: HostMask): readonly number[][] {
  const places: number[][] = shape.map(() => []);
  for (let i = 0; i < values.length; i++) {
    if (!values[i]) continue;
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis] as number;
      (places[axis] as number[]).push(rest % n);
      rest = Math.floor(rest / n);
    }
  }
  return places;
}

/** A selection by tensors of indices as one vector of indices along one axis. */
export interface Line {
  /** The view with the indexed axes merged into `axis`; a copy where strides can't express it. */
  readonly merged: Tensor;
  readonly axis: number;
  /** int32, one axis. */
  readonly index: Tensor;
  /** What the selected elements' shape is: the indices' common shape stands where the indexed axes stood. */
  readonly shape: Shape;
  /** Undoes the merge. */
  restore(merged: Tensor): Tensor;
}

/**
 * Neighbouring indexed axes are replaced where they stand; others go to the front first.
 *
 * @see https://numpy.org/doc/stable/user/basics.indexing.html#combining-advanced-and-basic-indexing
 */
export function mergeAxes(op: string, { view, indices }: Selection): Line {
  const axes = indices.map(({ axis }) => axis);
  const neighbours = axes.every((axis, i) => axis === (axes[0] as number) + i);
  const front = axes.map((_, i) => i);
  const moved = neighbours ? view : movedim(view, axes, front);
  const axis = neighbours ? (axes[0] as number) : 0;
  const sizes = moved.shape.slice(axis, axis + axes.length);
  const [before, after] = [moved.shape.slice(0, axis), moved.shape.slice(axis + axes.length)];
  const given = indices.map(({ index }) => index);
  const common = broadcastShapes(op, ...given.map((index) => index.shape));
  return {
    merged: reshape(moved, [...before, sizeOf(sizes), ...after]),
    axis,
    index: reshape(mergeIndices(op, given, sizes), [sizeOf(common)]),
    shape: [...before, ...common, ...after],
    restore: (merged) => {
      const split = reshape(merged, moved.shape);
      return neighbours ? split : movedim(split, front, axes);
    },
  };
}
