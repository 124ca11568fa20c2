import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { ShapeError } from '@gradus/storage';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as t from '../src/index.ts';
import { arrayOf, at, build, sampleOf, shapes } from './arrays.ts';

beforeAll(() => use(cpu()));

/** Shapes that broadcast to the given one: axes made 1, leading axes left out. */
function shapesInto(shape: readonly number[]): fc.Arbitrary<readonly number[]> {
  return fc
    .record({
      drop: fc.integer({ min: 0, max: shape.length }),
      single: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    })
    .map(({ drop, single }) => shape.map((n, axis) => (single[axis] ? 1 : n)).slice(drop));
}

/** Two samples whose shapes broadcast to a third one. */
const pairs = shapes.chain((shape) =>
  fc.tuple(shapesInto(shape), shapesInto(shape)).chain(([left, right]) => fc.tuple(sampleOf(left), sampleOf(right))),
);

function commonShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: readonly number[], axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => (size(a, axis) === 1 ? size(b, axis) : size(a, axis)));
}

const ops = [
  ['add', t.add, (a, b) => a + b],
  ['sub', t.sub, (a, b) => a - b],
  ['mul', t.mul, (a, b) => a * b],
  ['maximum', t.maximum, Math.max],
  ['fmod', (a, b) => t.fmod(a, b), (a, b) => a % b],
] as const satisfies readonly (readonly [
  string,
  (a: t.Tensor, b: t.Tensor) => t.Tensor,
  (a: number, b: number) => number,
])[];

describe('pointwise ops broadcast like nested loops', () => {
  test.each(ops)('%s', (_, op, scalar) => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const shape = commonShape(a.array.shape, b.array.shape);
        const expected = build(shape, (index) => scalar(at(a.array, index), at(b.array, index)));
        expect(arrayOf(op(a.tensor(), b.tensor()))).toEqual(expected);
      }),
    );
  });

  test('where, with three operands', () => {
    const triples = fc.tuple(pairs, fc.integer({ min: -4, max: 4 }));
    fc.assert(
      fc.property(triples, ([[a, b], limit]) => {
        const shape = commonShape(a.array.shape, b.array.shape);
        const expected = build(shape, (index) =>
          at(a.array, index) > limit / 4 ? at(a.array, index) : at(b.array, index),
        );
        const x = a.tensor();
        expect(arrayOf(t.where(x.gt(limit / 4), x, b.tensor()))).toEqual(expected);
      }),
    );
  });

  test('shapes that differ in a size other than 1 are refused by name', () => {
    expect(() => t.zeros([2, 3]).add(t.zeros([2]))).toThrow(ShapeError);
    expect(() => t.zeros([2, 3]).add(t.zeros([2]))).toThrow(
      "add: shapes [2, 3] and [2] don't broadcast; aligned at the last axis",
    );
  });
});

describe('in-place ops', () => {
  test('write their view and nothing else', () => {
    const targets = shapes.chain((shape) => fc.tuple(sampleOf(shape), shapesInto(shape).chain(sampleOf)));
    fc.assert(
      fc.property(targets, ([target, source]) => {
        // A border of one element on every side of the view.
        const { shape } = target.array;
        const framed = t.full(
          shape.map((n) => n + 2),
          7,
          { dtype: 'float32' },
        );
        const view = shape.reduce((x, n, axis) => t.narrow(x, axis, 1, n), framed);
        view.copy_(target.tensor()).mul_(source.tensor()).add_(1);
        const inside = (index: readonly number[]): boolean =>
          index.every((n, axis) => n > 0 && n <= (shape[axis] as number));
        const expected = build(framed.shape, (index) => {
          if (!inside(index)) return 7;
          const own = index.map((n) => n - 1);
          return at(target.array, own) * at(source.array, own) + 1;
        });
        expect(arrayOf(framed)).toEqual(expected);
      }),
    );
  });

  test('return their target, count a version and keep its dtype', () => {
    const x = t.tensor([1, 2], { dtype: 'float64' });
    const version = x.storage.version;
    expect(x.add_(t.tensor([0.5, 0.5]))).toBe(x);
    expect([x.dtype, x.toArraySync(), x.storage.version]).toEqual(['float64', [1.5, 2.5], version + 1]);
  });

  test('read an operand that overlaps the target as it was before', () => {
    const x = t.tensor([1, 2, 3, 4]);
    x.narrow(0, 1, 3).add_(x.narrow(0, 0, 3));
    expect(x.toArraySync()).toEqual([1, 3, 5, 7]);
    const square = t.tensor([
      [1, 2],
      [3, 4],
    ]);
    square.add_(square.T);
    expect(square.toArraySync()).toEqual([
      [2, 5],
      [5, 8],
    ]);
  });

  test('refuse to grow, to change category, and to write several elements at one place', () => {
    expect(() => t.zeros([3]).add_(t.zeros([2, 3]))).toThrow("add_: shape [2, 3] doesn't broadcast to [3]");
    expect(() => t.zeros([2], { dtype: 'int32' }).mul_(0.5)).toThrow(
      "mul_: the result is float32, which int32 can't hold; convert the tensor first",
    );
    expect(() => t.zeros([1]).expand([3]).add_(1)).toThrow(
      'several elements of this [3] view are one place in memory; clone() it before writing',
    );
  });
});

test('of NaN the sign is 0, and softshrink and heaviside are 0, as PyTorch compares', () => {
  const nan = t.tensor([Number.NaN]);
  expect(t.sign(nan).toArraySync()).toEqual([0]);
  expect(t.softshrink(nan).toArraySync()).toEqual([0]);
  expect(t.heaviside(nan, 2).toArraySync()).toEqual([0]);
});

test('threshold keeps the dtype of integers', () => {
  const result = t.threshold(t.tensor([1, 3], { dtype: 'int32' }), 1.5, 7.9);
  expect([result.dtype, result.toArraySync()]).toEqual(['int32', [7, 3]]);
});

test('hypot stays within range on the way, and of an infinity is infinite', () => {
  const a = t.tensor([-Infinity, Number.NaN, 3 * 2 ** 600, 5e-324], { dtype: 'float64' });
  const b = t.tensor([1, 1, 4 * 2 ** 600, 0], { dtype: 'float64' });
  expect([...t.hypot(a, b).dataSync()]).toEqual([Infinity, Number.NaN, 5 * 2 ** 600, 5e-324]);
});
