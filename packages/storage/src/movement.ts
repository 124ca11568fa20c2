import { ArgumentError, formatShape, ShapeError } from './errors.ts';
import { collapse, extentOf, Layout, rowMajorStrides } from './layout.ts';
import type { Shape } from './shape.ts';

/**
 * A change of layout that moves no data, as data. Every movement op is one of these, so that its gradient can be
 * found from it. Axes and indices are normalised (counted from the front) by the caller.
 */
export type Movement =
  | { readonly type: 'reshape'; readonly shape: Shape }
  | { readonly type: 'permute'; readonly axes: readonly number[] }
  | { readonly type: 'expand'; readonly shape: Shape }
  /** `start` to before `end` in steps of `step` (positive or negative) along one axis. */
  | {
      readonly type: 'slice';
      readonly axis: number;
      readonly start: number;
      readonly length: number;
      readonly step: number;
    }
  /** One element of an axis; the axis goes. */
  | { readonly type: 'select'; readonly axis: number; readonly index: number }
  /** Windows of `size` elements every `step` along an axis; the window becomes the last axis. */
  | { readonly type: 'unfold'; readonly axis: number; readonly size: number; readonly step: number }
  /** The diagonal of two axes becomes the last axis. */
  | { readonly type: 'diagonal'; readonly axis1: number; readonly axis2: number; readonly diagonalOffset: number }
  /** Any strides over the storage, as torch.as_strided: ignores the layout that it is applied to. */
  | { readonly type: 'asStrided'; readonly shape: Shape; readonly strides: readonly number[]; readonly offset: number };

/** The layout after a movement; null only for a reshape that would need a copy. */
export function move(layout: Layout, movement: Movement): Layout | null {
  switch (movement.type) {
    case 'reshape':
      return reshape(layout, movement.shape);
    case 'permute':
      return permute(layout, movement.axes);
    case 'expand':
      return expand(layout, movement.shape);
    case 'slice':
      return slice(layout, movement.axis, movement.start, movement.length, movement.step);
    case 'select':
      return select(layout, movement.axis, movement.index);
    case 'unfold':
      return unfold(layout, movement.axis, movement.size, movement.step);
    case 'diagonal':
      return diagonal(layout, movement.axis1, movement.axis2, movement.diagonalOffset);
    case 'asStrided':
      return new Layout(movement.shape, movement.strides, movement.offset);
  }
}

/** The new shape over the same memory, or null where no strides can express it. Sizes must have been checked. */
export function reshape(layout: Layout, shape: Shape): Layout | null {
  if (layout.isContiguous) return new Layout(shape, rowMajorStrides(shape), layout.offset);
  // Each run of old axes that steps evenly can be cut into any run of new axes, from the last one on.
  const runs = collapse(layout.shape, [layout.strides]);
  const strides = new Array<number>(shape.length).fill(0);
  let axis = shape.length - 1;
  for (let run = runs.shape.length - 1; run >= 0; run--) {
    let stride = runs.strides[0]?.[run] as number;
    let left = runs.shape[run] as number;
    while (left > 1 || shape[axis] === 1) {
      const n = shape[axis] ?? 0;
      if (n === 0 || left % n !== 0) return null;
      strides[axis--] = stride;
      stride *= n;
      left /= n;
    }
  }
  return new Layout(shape, strides, layout.offset);
}

export function permute(layout: Layout, axes: readonly number[]): Layout {
  return new Layout(
    axes.map((axis) => layout.shape[axis] as number),
    axes.map((axis) => layout.strides[axis] as number),
    layout.offset,
  );
}

/** Broadcast to a larger shape with strides of 0. */
export function expand(layout: Layout, shape: Shape): Layout {
  const added = shape.length - layout.rank;
  const strides = shape.map((n, i) => {
    const size = i < added ? 1 : (layout.shape[i - added] as number);
    if (size !== n && size !== 1) {
      throw new ShapeError(`expand: shape ${formatShape(layout.shape)} doesn't expand to ${formatShape(shape)}`);
    }
    return i < added || size !== n ? 0 : (layout.strides[i - added] as number);
  });
  if (added < 0) throw new ShapeError(`expand: ${formatShape(shape)} has fewer axes than ${formatShape(layout.shape)}`);
  return new Layout(shape, strides, layout.offset);
}

export function slice(layout: Layout, axis: number, start: number, length: number, step: number): Layout {
  const stride = layout.strides[axis] as number;
  const shape = layout.shape.with(axis, length);
  const offset = length === 0 ? layout.offset : layout.offset + start * stride;
  return new Layout(shape, layout.strides.with(axis, stride * step), offset);
}

export function select(layout: Layout, axis: number, index: number): Layout {
  return new Layout(
    layout.shape.toSpliced(axis, 1),
    layout.strides.toSpliced(axis, 1),
    layout.offset + index * (layout.strides[axis] as number),
  );
}

export function unfold(layout: Layout, axis: number, size: number, step: number): Layout {
  const length = layout.rank === 0 ? 1 : (layout.shape[axis] as number);
  if (size < 0 || step < 1) throw new ArgumentError(`unfold: size ${size} must be >= 0 and step ${step} positive`);
  if (size > length) throw new ShapeError(`unfold: a window of ${size} is larger than the axis of ${length} elements`);
  if (layout.rank === 0) return new Layout([size], [1], layout.offset);
  const stride = layout.strides[axis] as number;
  return new Layout(
    [...layout.shape.with(axis, Math.floor((length - size) / step) + 1), size],
    [...layout.strides.with(axis, stride * step), stride],
    layout.offset,
  );
}

export function diagonal(layout: Layout, axis1: number, axis2: number, diagonalOffset: number): Layout {
  const rows = layout.shape[axis1] as number;
  const columns = layout.shape[axis2] as number;
  const rowStart = Math.max(-diagonalOffset, 0);
  const columnStart = Math.max(diagonalOffset, 0);
  const length = Math.max(Math.min(rows - rowStart, columns - columnStart), 0);
  const [rowStride, columnStride] = [layout.strides[axis1] as number, layout.strides[axis2] as number];
  const keep = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== axis1 && i !== axis2);
  const offset = length === 0 ? 0 : rowStart * rowStride + columnStart * columnStride;
  return new Layout(
    [...keep(layout.shape), length],
    [...keep(layout.strides), rowStride + columnStride],
    layout.offset + offset,
  );
}

/** Every strided view of a storage must stay within it; throws where it doesn't. */
export function assertWithin(op: string, layout: Layout, elements: number): void {
  const extent = extentOf(layout);
  if (extent === null) return;
  const [low, high] = extent;
  if (low < 0 || high >= elements) {
    throw new ShapeError(
      `${op}: shape ${formatShape(layout.shape)} with strides ${formatShape(layout.strides)} and offset ` +
        `${layout.offset} reaches outside a storage of ${elements} elements`,
    );
  }
}
