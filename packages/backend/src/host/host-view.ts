import {
  type DType,
  decoderOf,
  encoderOf,
  type Layout,
  type View as StorageView,
  type TypedArray,
} from '@gradus/storage';
import type { HostBuffer } from './host-buffer.ts';

/**
 * A view whose memory is a typed array. `layout.offset` and strides count elements of `data`; float16 and bfloat16 are
 * there as 16-bit patterns, bool as int32 0 or 1.
 */
export interface HostView {
  readonly data: TypedArray;
  readonly layout: Layout;
  readonly dtype: DType;
}

/** The memory behind a host backend's view. Throws a DisposedError once it was released. */
export function hostView(view: StorageView): HostView {
  const buffer = view.storage.handle as HostBuffer;
  return { data: buffer.array(view.dtype), layout: view.layout, dtype: view.dtype };
}

/** Reads the number at a position of the view's typed array. */
export function reader(view: HostView): (position: number) => number {
  const { data, dtype } = view;
  const decode = decoderOf(dtype);
  return (position) => decode(data[position] as number);
}

/** Writes a number at a position of the view's typed array. */
export function writer(view: HostView): (position: number, value: number) => void {
  const { data, dtype } = view;
  const encode = encoderOf(dtype);
  return (position, value) => {
    data[position] = encode(value);
  };
}

/**
 * Calls `body` for every index of a shape, row-major, with the position of each layout there. The positions and
 * coordinates arrays are reused between calls.
 */
export function forEachPosition(
  shape: readonly number[],
  layouts: readonly Layout[],
  body: (positions: readonly number[], coordinates: readonly number[]) => void,
): void {
  if (shape.some((n) => n === 0)) return;
  const positions = layouts.map((layout) => layout.offset);
  const coordinates = shape.map(() => 0);
  const advance = (axis: number, steps: number): void => {
    for (let k = 0; k < layouts.length; k++) {
      positions[k] = (positions[k] as number) + steps * ((layouts[k] as Layout).strides[axis] as number);
    }
  };
  for (;;) {
    body(positions, coordinates);
    let axis = shape.length - 1;
    while (axis >= 0 && coordinates[axis] === (shape[axis] as number) - 1) {
      advance(axis, -(coordinates[axis] as number));
      coordinates[axis--] = 0;
    }
    if (axis < 0) return;
    advance(axis, 1);
    coordinates[axis] = (coordinates[axis] as number) + 1;
  }
}
