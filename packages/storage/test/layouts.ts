import fc from 'fast-check';
import { Layout, type Shape, sizeOf } from '../src/index.ts';

/** Layouts of up to four axes: any order of axes, steps, flips, broadcasts, offsets, and empty ones. */
export const layouts: fc.Arbitrary<Layout> = fc
  .array(
    fc.record({
      n: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.constant(0) }),
      stride: fc.integer({ min: -12, max: 12 }),
    }),
    { maxLength: 4 },
  )
  .chain((axes) =>
    fc.nat({ max: 5 }).chain((offset) =>
      fc.constantFrom(
        new Layout(
          axes.map(({ n }) => n),
          axes.map(({ stride }) => stride),
          offset,
        ),
        new Layout(
          axes.map(({ n }) => n),
          Layout.contiguous(axes.map(({ n }) => n)).strides,
          offset,
        ),
      ),
    ),
  );

/** Every index of a shape, row-major. */
export function indicesOf(shape: Shape): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, at) => {
    const index: number[] = [];
    let rest = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const n = shape[axis] as number;
      index.unshift(rest % n);
      rest = Math.floor(rest / n);
    }
    return index;
  });
}

/** Where an index lies in memory, by the definition of strides. */
export function placeOf(layout: Layout, index: readonly number[]): number {
  return index.reduce((place, at, axis) => place + at * (layout.strides[axis] as number), layout.offset);
}

export function positionsOf(layout: Layout): number[] {
  return indicesOf(layout.shape).map((index) => placeOf(layout, index));
}
