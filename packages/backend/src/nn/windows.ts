import { type DType, Layout, type Shape, sameShape, slice } from '@gradus/storage';
import type { Backend } from '../backend.ts';
import { fillProgram } from '../expression/program.ts';
import type { WindowGeometry } from '../fused.ts';
import type { View } from '../kernel.ts';
import { copyView, withLayout } from '../scratch.ts';

type Allocate = (shape: Shape, dtype: DType) => View;

export function fill(backend: Backend, view: View, value: number): void {
  const program = fillProgram(view.dtype);
  backend.launch({ kind: 'map', program, inputs: [], outputs: [view], uniforms: [value] });
}

/** Spatial sizes of [N, C, ...] with padding on both sides. */
export function paddedShape(shape: Shape, padding: readonly number[]): Shape {
  return shape.map((n, axis) => (axis < 2 ? n : n + 2 * (padding[axis - 2] as number)));
}

/** The part of a padded [N, C, ...] view that lies inside the padding; `shape` is that of the unpadded image. */
export function interior(padded: View, padding: readonly number[], shape: Shape): View {
  let layout = padded.layout;
  padding.forEach((p, i) => {
    layout = slice(layout, i + 2, p, shape[i + 2] as number, 1);
  });
  return withLayout(padded, layout);
}

/** x [N, C, ...] within a larger image `shape` of `value`, `padding` before it; x itself where nothing is added. */
export function pad(
  backend: Backend,
  allocate: Allocate,
  x: View,
  padding: readonly number[],
  value: number,
  shape: Shape = paddedShape(x.layout.shape, padding),
): View {
  if (sameShape(shape, x.layout.shape)) return x;
  const padded = allocate(shape, x.dtype);
  fill(backend, padded, value);
  copyView(backend, x, interior(padded, padding, x.layout.shape));
  return padded;
}

/** Sliding windows over padded [N, C, ...] as a view [N, C, ...positions, ...window]. */
export function windows(padded: View, positions: Shape, window: Shape, geometry: WindowGeometry): View {
  const { shape, strides, offset } = padded.layout;
  const spatial = strides.slice(2);
  const layout = new Layout(
    [...shape.slice(0, 2), ...positions, ...window],
    [
      ...strides.slice(0, 2),
      ...spatial.map((stride, i) => stride * (geometry.stride[i] as number)),
      ...spatial.map((stride, i) => stride * (geometry.dilation[i] as number)),
    ],
    offset,
  );
  return withLayout(padded, layout);
}
