import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertWithin,
  diagonal,
  expand,
  extentOf,
  Layout,
  move,
  permute,
  reshape,
  ShapeError,
  select,
  selfOverlaps,
  sizeOf,
  slice,
  unfold,
} from '../src/index.ts';
import { indicesOf, layouts, placeOf, positionsOf } from './layouts.ts';

describe('movements put every element where its index says', () => {
  test('permute', () => {
    fc.assert(
      fc.property(layouts, fc.infiniteStream(fc.nat()), (layout, random) => {
        const axes = layout.shape.map((_, axis) => axis).sort(() => (random.next().value as number) % 2 || -1);
        const moved = permute(layout, axes);
        for (const index of indicesOf(moved.shape)) {
          const source = layout.shape.map((_, axis) => index[axes.indexOf(axis)] as number);
          expect(placeOf(moved, index)).toBe(placeOf(layout, source));
        }
      }),
    );
  });

  test('slice, with either sign of the step', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.nat(), fc.constantFrom(-3, -2, -1, 1, 2, 3), (layout, a, b, step) => {
        fc.pre(layout.rank > 0 && layout.size > 0);
        const axis = a % layout.rank;
        const n = layout.shape[axis] as number;
        const start = b % n;
        const length = Math.floor((step > 0 ? n - 1 - start : start) / Math.abs(step)) + 1;
        const moved = slice(layout, axis, start, length, step);
        for (const index of indicesOf(moved.shape)) {
          const source = index.map((at, i) => (i === axis ? start + at * step : at));
          expect(placeOf(moved, index)).toBe(placeOf(layout, source));
        }
      }),
    );
  });

  test('select', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.nat(), (layout, a, b) => {
        fc.pre(layout.rank > 0 && layout.size > 0);
        const axis = a % layout.rank;
        const at = b % (layout.shape[axis] as number);
        const moved = select(layout, axis, at);
        for (const index of indicesOf(moved.shape)) {
          expect(placeOf(moved, index)).toBe(placeOf(layout, index.toSpliced(axis, 0, at)));
        }
      }),
    );
  });

  test('expand', () => {
    fc.assert(
      fc.property(layouts, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }), (layout, added) => {
        const shape = [...added, ...layout.shape.map((n) => (n === 1 ? 2 : n))];
        const moved = expand(layout, shape);
        for (const index of indicesOf(shape)) {
          const source = index.slice(added.length).map((at, axis) => (layout.shape[axis] === 1 ? 0 : at));
          expect(placeOf(moved, index)).toBe(placeOf(layout, source));
        }
      }),
    );
    expect(() => expand(Layout.contiguous([2]), [3])).toThrow(ShapeError);
    expect(() => expand(Layout.contiguous([2, 3]), [3])).toThrow(ShapeError);
  });

  test('unfold', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 3 }), (layout, a, b, step) => {
        fc.pre(layout.rank > 0);
        const axis = a % layout.rank;
        const size = b % ((layout.shape[axis] as number) + 1);
        const moved = unfold(layout, axis, size, step);
        for (const index of indicesOf(moved.shape)) {
          const source = index.slice(0, -1);
          source[axis] = (source[axis] as number) * step + (index.at(-1) as number);
          expect(placeOf(moved, index)).toBe(placeOf(layout, source));
        }
      }),
    );
    expect(() => unfold(Layout.contiguous([3]), 0, 4, 1)).toThrow(ShapeError);
  });

  test('diagonal', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: -4, max: 4 }), fc.boolean(), (layout, shift, swapped) => {
        fc.pre(layout.rank >= 2);
        const [axis1, axis2] = swapped ? [layout.rank - 1, 0] : [0, layout.rank - 1];
        const moved = diagonal(layout, axis1, axis2, shift);
        for (const index of indicesOf(moved.shape)) {
          const at = index.at(-1) as number;
          const source = index.slice(0, -1);
          source.splice(0, 0, swapped ? at + Math.max(shift, 0) : at + Math.max(-shift, 0));
          source.push(swapped ? at + Math.max(-shift, 0) : at + Math.max(shift, 0));
          expect(placeOf(moved, index)).toBe(placeOf(layout, source));
        }
      }),
    );
  });

  test('asStrided ignores the layout it is applied to', () => {
    const moved = move(Layout.contiguous([6]), { type: 'asStrided', shape: [2, 2], strides: [1, 2], offset: 1 });
    expect(positionsOf(moved as Layout)).toEqual([1, 3, 2, 4]);
  });
});

describe('reshape', () => {
  /** All shapes of up to three axes for a number of elements. */
  const shapesOf = (size: number): number[][] =>
    indicesOf([size + 1, size + 1, size + 1])
      .filter((shape) => sizeOf(shape) === size)
      .flatMap((shape) => [shape, [...shape, 1], [1, ...shape]]);

  test('keeps the order of elements wherever it answers a layout', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        fc.pre(layout.size > 0 && layout.size <= 12);
        for (const shape of shapesOf(layout.size)) {
          const moved = reshape(layout, shape);
          if (moved !== null) expect(positionsOf(moved)).toEqual(positionsOf(layout));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never copies a contiguous layout, and always gives back its own shape', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        fc.pre(layout.size > 0);
        expect(positionsOf(reshape(layout, layout.shape) as Layout)).toEqual(positionsOf(layout));
        expect(reshape(Layout.contiguous(layout.shape), [layout.size])).not.toBeNull();
      }),
    );
  });

  test('asks for a copy where no strides can express it', () => {
    expect(reshape(permute(Layout.contiguous([2, 3]), [1, 0]), [6])).toBeNull();
    expect(reshape(new Layout([2, 3], [0, 1]), [6])).toBeNull();
    expect(reshape(permute(Layout.contiguous([4, 3]), [1, 0]), [3, 2, 2])).not.toBeNull();
  });
});

describe('extent and overlap', () => {
  test('the extent holds exactly the lowest and highest position', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const places = positionsOf(layout);
        const expected = places.length === 0 ? null : [Math.min(...places), Math.max(...places)];
        expect(extentOf(layout)).toEqual(expected);
      }),
    );
  });

  test('whoever visits a position twice is said to overlap itself', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const places = positionsOf(layout);
        if (new Set(places).size < places.length) expect(selfOverlaps(layout)).toBe(true);
      }),
    );
    expect(selfOverlaps(permute(Layout.contiguous([3, 4]), [1, 0]))).toBe(false);
    expect(selfOverlaps(unfold(Layout.contiguous([5]), 0, 2, 1))).toBe(true);
  });

  test('a layout that leaves its storage is an error that says so', () => {
    expect(() => assertWithin('asStrided', new Layout([3], [2], 0), 5)).not.toThrow();
    expect(() => assertWithin('asStrided', new Layout([3], [2], 1), 5)).toThrow(/asStrided: .* storage of 5 elements/);
    expect(() => assertWithin('asStrided', new Layout([3], [-1], 1), 5)).toThrow(ShapeError);
  });
});
