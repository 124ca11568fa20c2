import type { Layout, TypedArray } from '@gradus/storage';

/** Copies elements between typed arrays whose layouts have one shape. */
export function copyStrided(from: TypedArray, source: Layout, to: TypedArray, target: Layout): void {
  copyAxis(from, source.offset, source.strides, to, target.offset, target.strides, source.shape, 0);
}

function copyAxis(
  from: TypedArray,
  fromStart: number,
  fromStrides: readonly number[],
  to: TypedArray,
  toStart: number,
  toStrides: readonly number[],
  shape: readonly number[],
  axis: number,
): void {
  if (axis === shape.length) {
    to[toStart] = from[fromStart] as number;
    return;
  }
  const n = shape[axis] as number;
  const [fromStride, toStride] = [fromStrides[axis] as number, toStrides[axis] as number];
  if (axis === shape.length - 1) {
    for (let i = 0; i < n; i++) to[toStart + i * toStride] = from[fromStart + i * fromStride] as number;
    return;
  }
  for (let i = 0; i < n; i++) {
    copyAxis(from, fromStart + i * fromStride, fromStrides, to, toStart + i * toStride, toStrides, shape, axis + 1);
  }
}
