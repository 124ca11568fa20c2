import { forEachOffset, Layout, type Movement, move, type Shape, sizeOf } from '@gradus/storage';
import type { GraphBuilder } from './graph-builder.ts';
import { depends, type Sizes } from './sizes.ts';
import { ExportError } from './trace.ts';

/** A movement, as it was in both runs, and the shapes that it started from. */
export interface Moved {
  readonly movements: readonly [Movement, Movement];
  readonly from: readonly [Shape, Shape];
  readonly to: readonly [Shape, Shape];
}

/** A view. */
export function lowerView(builder: GraphBuilder, sizes: Sizes, x: string, moved: Moved): string {
  const [movement, twin] = moved.movements;
  const [to, toTwin] = moved.to;
  if (movement.type !== twin.type) throw depends('an op');
  switch (movement.type) {
    case 'reshape':
      return builder.add('Reshape', [x, sizes.reshape(to, toTwin)]);
    case 'permute':
      return builder.add('Transpose', [x], { perm: movement.axes });
    case 'expand':
      return builder.add('Expand', [x, sizes.list(to, toTwin)]);
    case 'slice': {
      const other = twin as typeof movement;
      const [starts, ends] = [sizes.list([movement.start], [other.start]), sizes.list([end(movement)], [end(other)])];
      return builder.add('Slice', [
        x,
        starts,
        ends,
        builder.integers([movement.axis]),
        builder.integers([movement.step]),
      ]);
    }
    case 'select': {
      const other = twin as typeof movement;
      const index = sizes.list([movement.index], [other.index]);
      const picked = builder.add('Gather', [x, index], { axis: movement.axis });
      return builder.add('Squeeze', [picked, builder.integers([movement.axis])]);
    }
    case 'unfold':
      return windows(builder, x, movement, moved);
    default:
      return pick(builder, x, moved);
  }
}

/** One after the last element; backwards, that may be before the first, which ONNX calls a very small number. */
function end({ start, length, step }: Extract<Movement, { readonly type: 'slice' }>): number {
  const last = start + length * step;
  return step < 0 && last < 0 ? -(2 ** 31) : last;
}

/** Sliding windows of an axis, which become the last one. */
function windows(
  builder: GraphBuilder,
  x: string,
  { axis, size, step }: Extract<Movement, { readonly type: 'unfold' }>,
  { from, to: [to, twin] }: Moved,
): string {
  const [count, rank] = [to[axis] as number, from[0].length];
  if (count !== twin[axis]) throw depends('the number of windows');
  const places = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + (i % size));
  if (rank === 0) return builder.add('Reshape', [x, builder.integers(to)]);
  const gathered = builder.add('Gather', [x, builder.integers(places, [count, size])], { axis });
  const axes = Array.from({ length: rank + 1 }, (_, i) => i).filter((i) => i !== axis + 1);
  return builder.add('Transpose', [gathered], { perm: [...axes, axis + 1] });
}

/** Diagonals and strides: elements by their place in the flat tensor. */
function pick(builder: GraphBuilder, x: string, { movements: [movement], from, to }: Moved): string {
  if (sizeOf(from[0]) !== sizeOf(from[1])) throw depends(`the ${movement.type} of a tensor`);
  const flat = builder.add('Reshape', [x, builder.integers([-1])]);
  return builder.add('Gather', [flat, builder.integers(placesOf(movement, from[0]), to[0])], { axis: 0 });
}

/** The adjoint of a view: zeros, with x where the view reads. */
export function lowerPlace(
  builder: GraphBuilder,
  x: string,
  value: { readonly dtype: Parameters<GraphBuilder['scalar']>[1] },
  moved: Moved,
): string {
  const [movement] = moved.movements;
  const [to, toTwin] = moved.to;
  if (movement.type === 'slice' && movement.step === 1) {
    const after = (to[movement.axis] as number) - movement.start - movement.length;
    const pads = builder.integers([movement.start, after]);
    return builder.add('Pad', [x, pads, builder.scalar(0, value.dtype), builder.integers([movement.axis])], {
      mode: 'constant',
    });
  }
  if (sizeOf(to) !== sizeOf(toTwin)) throw depends(`the adjoint of ${movement.type}`);
  const places = placesOf(movement, to);
  const zeros = builder.add('Expand', [builder.scalar(0, value.dtype), builder.integers([sizeOf(to)])]);
  const flat = builder.add('Reshape', [x, builder.integers([-1])]);
  const sum = builder.add('ScatterElements', [zeros, builder.integers(places), flat], { axis: 0, reduction: 'add' });
  return builder.add('Reshape', [sum, builder.integers(to)]);
}

/** Where a view of a row-major tensor reads. */
function placesOf(movement: Movement, from: Shape): readonly number[] {
  const layout = move(Layout.contiguous(from), movement);
  if (layout === null) throw new ExportError(`exportOnnx: a ${movement.type} that is no view`);
  const places: number[] = [];
  forEachOffset(layout, (place) => places.push(place));
  return places;
}
