import {
  ArgumentError,
  assertWithin,
  formatShape,
  inferShape,
  itemSize,
  Layout,
  normalizeAxes,
  normalizeAxis,
  normalizeIndex,
  type Shape,
  ShapeError,
  sizeOf,
} from '@gradus/storage';
import { view as viewBy } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';

/** Movement: every op here is a view (reshape copies where strides can't express the result) and shares memory. */

/** The same elements in another shape; one size may be -1. Copies only where it must. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return viewBy(x, { type: 'reshape', shape: inferShape('reshape', shape, x.size) });
}

/** `reshape` that never copies: throws a ShapeError where the strides don't allow a view. */
export function view(x: Tensor, shape: Shape): Tensor {
  const result = reshape(x, shape);
  if (result.storage === x.storage) return result;
  throw new ShapeError(
    `view: ${formatShape(x.shape)} with strides ${formatShape(x.layout.strides)} needs a copy; use reshape`,
  );
}

/** Axes in a new order. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => normalizeAxis('permute', axis, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== order.length) {
    throw new ArgumentError(
      `permute: ${formatShape(order)} is no order of the ${x.ndim} axes of ${formatShape(x.shape)}`,
    );
  }
  return viewBy(x, { type: 'permute', axes: order });
}

/** Two axes swapped. */
export function transpose(x: Tensor, axis1: number, axis2: number): Tensor {
  const [a, b] = [normalizeAxis('transpose', axis1, x.ndim), normalizeAxis('transpose', axis2, x.ndim)];
  if (x.ndim === 0) return viewBy(x, { type: 'reshape', shape: [] });
  const axes = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return viewBy(x, { type: 'permute', axes });
}

/** Axes moved to new places, the others keep their order. */
export function movedim(x: Tensor, from: number | readonly number[], to: number | readonly number[]): Tensor {
  const normalize = (axes: number | readonly number[]): readonly number[] =>
    (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis('movedim', axis, x.ndim));
  const [source, target] = [normalize(from), normalize(to)];
  if (source.length !== target.length)
    throw new ArgumentError('movedim: as many target axes as source axes are needed');
  const rest = x.shape.map((_, axis) => axis).filter((axis) => !source.includes(axis));
  const axes = x.shape.map((_, axis) => {
    const moved = target.indexOf(axis);
    return moved < 0 ? (rest.shift() as number) : (source[moved] as number);
  });
  return viewBy(x, { type: 'permute', axes });
}

/** Broadcast to a larger shape; -1 keeps a size. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const added = shape.length - x.ndim;
  return viewBy(x, {
    type: 'expand',
    shape: shape.map((n, i) => (n === -1 && i >= added ? (x.shape[i - added] as number) : n)),
  });
}

/** Drops axes of size 1: all of them, or those named (which stay if they are larger). */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const dropped = normalizeAxes('squeeze', axes, x.ndim);
  return viewBy(x, { type: 'reshape', shape: x.shape.filter((n, axis) => n !== 1 || !dropped.includes(axis)) });
}

/** A new axis of size 1 before `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis('unsqueeze', axis, x.ndim + 1);
  return viewBy(x, { type: 'reshape', shape: x.shape.toSpliced(at, 0, 1) });
}

/** Merges the axes from `start` to `end`, both included. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.ndim === 0) return reshape(x, [1]);
  const [from, to] = [normalizeAxis('flatten', start, x.ndim), normalizeAxis('flatten', end, x.ndim)];
  if (from > to) throw new ArgumentError(`flatten: start axis ${start} comes after end axis ${end}`);
  const merged = sizeOf(x.shape.slice(from, to + 1));
  return viewBy(x, { type: 'reshape', shape: x.shape.toSpliced(from, to + 1 - from, merged) });
}

/** Splits one axis into several; one size may be -1. */
export function unflatten(x: Tensor, axis: number, shape: Shape): Tensor {
  const at = normalizeAxis('unflatten', axis, x.ndim);
  const split = inferShape('unflatten', shape, x.shape[at] as number);
  return viewBy(x, { type: 'reshape', shape: x.shape.toSpliced(at, 1, ...split) });
}

/** Every `step`-th element from `start` to before `end` along an axis; bounds are clipped as Python's slices are. */
export function slice(x: Tensor, axis = 0, start = 0, end: number = Number.POSITIVE_INFINITY, step = 1): Tensor {
  const at = normalizeAxis('slice', axis, x.ndim);
  if (x.ndim === 0) throw new ShapeError('slice: a scalar has no axis to slice');
  if (!Number.isInteger(step) || step < 1)
    throw new ArgumentError(`slice: step must be a positive integer, got ${step}; use flip`);
  const size = x.shape[at] as number;
  const clip = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
  const [from, to] = [clip(start), clip(end)];
  return viewBy(x, { type: 'slice', axis: at, start: from, length: Math.max(Math.ceil((to - from) / step), 0), step });
}

/** `length` elements from `start` along an axis. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis('narrow', axis, x.ndim);
  const size = x.shape[at] ?? 0;
  const from = start < 0 ? start + size : start;
  if (x.ndim === 0 || from < 0 || length < 0 || from + length > size) {
    throw new ArgumentError(
      `narrow: ${length} elements from ${start} don't lie within axis ${axis} of ${formatShape(x.shape)}`,
    );
  }
  return viewBy(x, { type: 'slice', axis: at, start: from, length, step: 1 });
}

/** One element of an axis; the axis goes. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  if (x.ndim === 0) throw new ShapeError('select: a scalar has no axis to select from');
  const at = normalizeAxis('select', axis, x.ndim);
  return viewBy(x, { type: 'select', axis: at, index: normalizeIndex('select', index, x.shape[at] as number) });
}

/** Axes reversed: a view with negative strides. */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  let result = x;
  for (const axis of normalizeAxes('flip', axes, x.ndim)) {
    const length = x.shape[axis] as number;
    result = viewBy(result, { type: 'slice', axis, start: length - 1, length, step: -1 });
  }
  return result === x ? viewBy(x, { type: 'reshape', shape: x.shape }) : result;
}

/** Windows of `size` elements every `step` along an axis; the window becomes the last axis. */
export function unfold(x: Tensor, axis: number, size: number, step: number): Tensor {
  return viewBy(x, { type: 'unfold', axis: normalizeAxis('unfold', axis, x.ndim), size, step });
}

/** The diagonal of two axes, `offset` above the main one, as the last axis. */
export function diagonal(x: Tensor, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  const [a, b] = [normalizeAxis('diagonal', axis1, x.ndim), normalizeAxis('diagonal', axis2, x.ndim)];
  if (a === b) throw new ArgumentError(`diagonal: two different axes are needed, got ${axis1} twice`);
  return viewBy(x, { type: 'diagonal', axis1: a, axis2: b, diagonalOffset: offset });
}

/** Any strides over x's memory (counted in elements from the storage's start), as torch.as_strided. */
export function asStrided(
  x: Tensor,
  shape: Shape,
  strides: readonly number[],
  offset: number = x.layout.offset,
): Tensor {
  assertWithin('asStrided', new Layout(shape, strides, offset), Math.floor(x.storage.byteLength / itemSize(x.dtype)));
  return viewBy(x, { type: 'asStrided', shape, strides, offset });
}
