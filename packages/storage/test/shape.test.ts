import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ArgumentError,
  assertShape,
  broadcastShapes,
  IndexError,
  inferShape,
  normalizeAxes,
  normalizeAxis,
  normalizeIndex,
  ShapeError,
  sizeOf,
} from '../src/index.ts';

describe('broadcastShapes', () => {
  const shape = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 4 });

  test('agrees with the rule, axis by axis from the last', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const rank = Math.max(a.length, b.length);
        const axes = Array.from(
          { length: rank },
          (_, i) => [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1] as const,
        );
        if (axes.every(([m, n]) => m === n || m === 1 || n === 1)) {
          expect(broadcastShapes('add', a, b)).toEqual(axes.map(([m, n]) => (m === 1 ? n : m)));
        } else {
          expect(() => broadcastShapes('add', a, b)).toThrow(ShapeError);
        }
      }),
    );
  });

  test('an axis of none beats an axis of one', () => {
    expect(broadcastShapes('add', [0], [1])).toEqual([0]);
    expect(() => broadcastShapes('add', [0], [2])).toThrow(/add: shapes \[0\] and \[2\]/);
    expect(broadcastShapes('where', [2, 1], [3], [])).toEqual([2, 3]);
  });
});

test('axes and indices count from either end', () => {
  expect(normalizeAxis('sum', -1, 3)).toBe(2);
  expect(normalizeAxis('sum', -1, 0)).toBe(0);
  expect(() => normalizeAxis('sum', 3, 3)).toThrow(IndexError);
  expect(() => normalizeAxis('sum', 0.5, 3)).toThrow(IndexError);
  expect(normalizeAxes('sum', undefined, 3)).toEqual([0, 1, 2]);
  expect(normalizeAxes('sum', [-1, 0], 3)).toEqual([0, 2]);
  expect(normalizeAxes('sum', 0, 0)).toEqual([]);
  expect(() => normalizeAxes('sum', [0, -3], 3)).toThrow(ArgumentError);
  expect(normalizeIndex('select', -2, 5)).toBe(3);
  expect(() => normalizeIndex('select', 5, 5)).toThrow(/select: index 5 is out of bounds for an axis of 5/);
});

test('inferShape fills the one -1', () => {
  expect(inferShape('reshape', [2, -1], 6)).toEqual([2, 3]);
  expect(inferShape('reshape', [-1], 0)).toEqual([0]);
  expect(inferShape('reshape', [6], 6)).toEqual([6]);
  for (const wanted of [[4, -1], [5], [-1, -1], [-2, 3], [0, -1]]) {
    expect(() => inferShape('reshape', wanted, 6)).toThrow(ShapeError);
  }
});

test('sizes are whole and not negative', () => {
  expect(sizeOf([])).toBe(1);
  expect(() => assertShape('zeros', [2, 0])).not.toThrow();
  expect(() => assertShape('zeros', [2.5])).toThrow(ShapeError);
  expect(() => assertShape('zeros', [-1])).toThrow(/zeros: .* \[-1\]/);
});
