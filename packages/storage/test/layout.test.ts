import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collapse, Layout, rowMajorStrides, sameLayout, sizeOf } from '../src/index.ts';
import { layouts, positionsOf } from './layouts.ts';

describe('contiguity', () => {
  test('a contiguous layout visits memory in order, without gaps', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const places = positionsOf(layout);
        const inOrder = places.every((place, at) => place === layout.offset + at);
        expect(layout.isContiguous).toBe(inOrder);
      }),
    );
  });

  test('strides of axes with one element do not matter', () => {
    expect(new Layout([1, 3], [77, 1]).isContiguous).toBe(true);
    expect(new Layout([3, 1], [1, -5]).isContiguous).toBe(true);
    expect(new Layout([3, 2], [1, 3]).isContiguous).toBe(false);
    expect(new Layout([], []).isContiguous).toBe(true);
  });

  test('row-major strides of empty shapes stay usable', () => {
    expect(rowMajorStrides([2, 0, 3])).toEqual([3, 3, 1]);
    expect(rowMajorStrides([])).toEqual([]);
  });

  test('layouts are the same when shape, strides and offset are', () => {
    expect(sameLayout(new Layout([2], [1], 3), new Layout([2], [1], 3))).toBe(true);
    expect(sameLayout(new Layout([2], [1], 3), new Layout([2], [1], 2))).toBe(false);
    expect(sameLayout(new Layout([2], [1]), new Layout([2], [2]))).toBe(false);
  });
});

describe('collapse', () => {
  const pairs = layouts.chain((a) =>
    fc.array(fc.integer({ min: -6, max: 12 }), { minLength: a.rank, maxLength: a.rank }).map((strides) => ({
      a,
      b: new Layout(a.shape, strides),
    })),
  );

  test('visits the same positions in the same order, for all operands', () => {
    fc.assert(
      fc.property(pairs, ({ a, b }) => {
        const { shape, strides } = collapse(a.shape, [a.strides, b.strides]);
        expect(sizeOf(shape)).toBe(a.size);
        expect(positionsOf(new Layout(shape, strides[0] as number[], a.offset))).toEqual(positionsOf(a));
        expect(positionsOf(new Layout(shape, strides[1] as number[], b.offset))).toEqual(positionsOf(b));
      }),
    );
  });

  test('leaves one axis where all operands are contiguous, none for one element', () => {
    const { strides } = Layout.contiguous([2, 1, 3, 4]);
    expect(collapse([2, 1, 3, 4], [strides, strides])).toEqual({ shape: [24], strides: [[1], [1]] });
    expect(collapse([1, 1], [[5, 7]])).toEqual({ shape: [], strides: [[]] });
  });

  test('keeps axes apart that one operand steps through unevenly', () => {
    expect(
      collapse(
        [2, 3],
        [
          [3, 1],
          [0, 1],
        ],
      ).shape,
    ).toEqual([2, 3]);
  });
});
