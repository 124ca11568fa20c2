import { type Shape, sameShape, sizeOf } from './shape.ts';

/**
 * Where the elements of a tensor lie in its storage: element (i, j, ...) is at `offset + i * strides[0] + j * strides[1]
 * ...`, counted in elements. Strides may be 0 (broadcast) or negative (flip). Immutable.
 */
export class Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
  /** Row-major without gaps (offset aside). */
  readonly isContiguous: boolean;

  constructor(shape: Shape, strides: readonly number[], offset = 0) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.size = sizeOf(shape);
    this.isContiguous = isRowMajor(shape, strides, this.size);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Row-major layout of a shape, from element 0. */
  static contiguous(shape: Shape): Layout {
    return new Layout(shape, rowMajorStrides(shape));
  }
}

export function rowMajorStrides(shape: Shape): readonly number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= Math.max(shape[i] as number, 1);
  }
  return strides;
}

function isRowMajor(shape: Shape, strides: readonly number[], size: number): boolean {
  if (size === 0) return true;
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const n = shape[i] as number;
    if (n !== 1 && strides[i] !== expected) return false;
    expected *= n;
  }
  return true;
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return a === b || (a.offset === b.offset && sameShape(a.shape, b.shape) && sameShape(a.strides, b.strides));
}

/** The lowest and highest element that a layout touches, inclusive; null when it holds none. */
export function extentOf(layout: Layout): readonly [number, number] | null {
  if (layout.size === 0) return null;
  let low = layout.offset;
  let high = layout.offset;
  for (let i = 0; i < layout.rank; i++) {
    const reach = ((layout.shape[i] as number) - 1) * (layout.strides[i] as number);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}

/** Whether two different elements of the layout may be the same place in memory (broadcasts, sliding windows). */
export function selfOverlaps(layout: Layout): boolean {
  if (layout.size <= 1 || layout.isContiguous) return false;
  const axes = layout.shape
    .map((n, i) => ({ n, stride: Math.abs(layout.strides[i] as number) }))
    .filter(({ n }) => n > 1)
    .sort((a, b) => a.stride - b.stride);
  let reach = 0;
  for (const { n, stride } of axes) {
    if (stride <= reach) return true;
    reach += (n - 1) * stride;
  }
  return false;
}

/** The same elements with fewer axes, for several operands at once: see `collapse`. */
export interface Collapsed {
  readonly shape: readonly number[];
  /** Per operand, a stride per collapsed axis. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * Merges neighbouring axes wherever every operand steps through both with one stride, and drops axes of one element,
 * so that a kernel loops over as few axes as possible. All strides lists belong to `shape`.
 */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): Collapsed {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis] as number;
    if (n === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((s, k) => merged[k]?.[last] === (s[axis] as number) * n)) {
      sizes[last] = (sizes[last] as number) * n;
      for (let k = 0; k < strides.length; k++) (merged[k] as number[])[last] = (strides[k] as number[])[axis] as number;
    } else {
      sizes.push(n);
      for (let k = 0; k < strides.length; k++) (merged[k] as number[]).push((strides[k] as number[])[axis] as number);
    }
  }
  return { shape: sizes, strides: merged };
}

/** Calls `body` with the place of every element, row-major. */
export function forEachOffset(layout: Layout, body: (offset: number) => void): void {
  const visit = (axis: number, offset: number): void => {
    if (axis === layout.rank) return body(offset);
    const stride = layout.strides[axis] as number;
    for (let i = 0; i < (layout.shape[axis] as number); i++) visit(axis + 1, offset + i * stride);
  };
  visit(0, layout.offset);
}
