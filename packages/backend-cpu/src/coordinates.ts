import type { HostView } from '@gradus/backend';
import { Layout } from '@gradus/storage';

let counting = new Int32Array(0);

/** The views that stand for coordinates along `axes` of an iteration space. */
export function coordinateViews(shape: readonly number[], axes: readonly number[]): readonly HostView[] {
  return axes.map((axis) => {
    const strides = shape.map((_, i) => (i === axis ? 1 : 0));
    return { data: upTo(shape[axis] ?? 0), layout: new Layout(shape, strides), dtype: 'int32' };
  });
}

/** 0, 1, 2, ... for at least `length` elements; grown by doubling and kept. */
function upTo(length: number): Int32Array {
  if (counting.length < length) {
    counting = Int32Array.from({ length: Math.max(length, 2 * counting.length) }, (_, i) => i);
  }
  return counting;
}
