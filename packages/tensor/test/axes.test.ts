import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as t from '../src/index.ts';
import { arrayOf, at, build, indicesOf, type NdArray, sampleOf, samples } from './arrays.ts';

beforeAll(() => use(cpu()));

/** A sample and some of its axes. */
const overAxes = samples.chain((sample) =>
  fc.record({
    sample: fc.constant(sample),
    axes: fc.subarray(
      sample.array.shape.map((_, axis) => axis),
      { minLength: Math.min(1, sample.array.shape.length) },
    ),
    keepdim: fc.boolean(),
  }),
);

/** Folds the elements along axes, by plain loops. */
function fold(
  x: NdArray,
  axes: readonly number[],
  keepdim: boolean,
  combine: (values: readonly number[]) => number,
): NdArray {
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const folded = build(kept, (place) => {
    const along = indicesOf(x.shape.map((n, axis) => (axes.includes(axis) ? n : 1)));
    return combine(
      along.map((step) =>
        at(
          x,
          place.map((n, axis) => n + (step[axis] as number)),
        ),
      ),
    );
  });
  return keepdim ? folded : { shape: x.shape.filter((_, axis) => !axes.includes(axis)), values: folded.values };
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('reductions agree with loops over any axes', () => {
  const ops = [
    ['sum', t.sum, total],
    ['mean', t.mean, (values) => Math.fround(total(values) * Math.fround(1 / values.length))],
    ['countNonzero', t.countNonzero, (values) => values.filter((value) => value !== 0).length],
  ] as const satisfies readonly (readonly [
    string,
    (x: t.Tensor, options: { dim: readonly number[]; keepdim: boolean }) => t.Tensor,
    (values: readonly number[]) => number,
  ])[];

  test.each(ops)('%s', (_, op, combine) => {
    fc.assert(
      fc.property(overAxes, ({ sample, axes, keepdim }) => {
        expect(arrayOf(op(sample.tensor(), { dim: axes, keepdim }))).toEqual(
          fold(sample.array, axes, keepdim, combine),
        );
      }),
    );
  });

  test('amax and amin', () => {
    fc.assert(
      fc.property(overAxes, ({ sample, axes, keepdim }) => {
        fc.pre(!sample.array.shape.includes(0));
        const options = { dim: axes, keepdim };
        expect(arrayOf(t.amax(sample.tensor(), options))).toEqual(
          fold(sample.array, axes, keepdim, (values) => Math.max(...values)),
        );
        expect(arrayOf(t.amin(sample.tensor(), options))).toEqual(
          fold(sample.array, axes, keepdim, (values) => Math.min(...values)),
        );
      }),
    );
  });

  test('max gives the first of equal elements and its index', () => {
    fc.assert(
      fc.property(overAxes, ({ sample, axes: [axis], keepdim }) => {
        fc.pre(axis !== undefined && !sample.array.shape.includes(0));
        const { values, indices } = t.max(sample.tensor(), { dim: axis as number, keepdim });
        const along = [axis as number];
        expect(arrayOf(values)).toEqual(fold(sample.array, along, keepdim, (line) => Math.max(...line)));
        expect(arrayOf(indices)).toEqual(fold(sample.array, along, keepdim, (line) => line.indexOf(Math.max(...line))));
      }),
    );
  });

  test('cumsum and sort', () => {
    fc.assert(
      fc.property(overAxes, ({ sample, axes: [axis] }) => {
        fc.pre(axis !== undefined);
        const { array } = sample;
        const along = axis as number;
        const line = (index: readonly number[]): readonly number[] =>
          Array.from({ length: array.shape[along] as number }, (_, i) =>
            at(
              array,
              index.map((n, a) => (a === along ? i : n)),
            ),
          );
        const place = (index: readonly number[]): number => index[along] as number;
        expect(arrayOf(t.cumsum(sample.tensor(), along))).toEqual(
          build(array.shape, (index) => total(line(index).slice(0, place(index) + 1))),
        );
        expect(arrayOf(t.sort(sample.tensor(), { dim: along }).values)).toEqual(
          build(array.shape, (index) => [...line(index)].sort((a, b) => a - b)[place(index)] as number),
        );
      }),
    );
  });
});

describe('matmul', () => {
  const size = fc.integer({ min: 0, max: 4 });
  const batches = fc.constantFrom<readonly (readonly number[])[]>(
    [[], []],
    [[2], []],
    [[], [3]],
    [[2], [2]],
    [[2, 1], [3]],
    [[1], [2, 2]],
    [[0], [1]],
  );

  test('agrees with three loops, batch axes broadcast', () => {
    const operands = fc
      .tuple(size, size, size, batches)
      .chain(([m, k, n, [left = [], right = []]]) => fc.tuple(sampleOf([...left, m, k]), sampleOf([...right, k, n])));
    fc.assert(
      fc.property(operands, ([a, b]) => {
        const [m, k] = a.array.shape.slice(-2) as [number, number];
        const n = b.array.shape.at(-1) as number;
        const batch = t.broadcastShapes(a.array.shape.slice(0, -2), b.array.shape.slice(0, -2));
        const expected = build([...batch, m, n], (index) => {
          const [row, column] = index.slice(-2) as [number, number];
          const before = index.slice(0, -2);
          return total(
            Array.from({ length: k }, (_, i) => at(a.array, [...before, row, i]) * at(b.array, [...before, i, column])),
          );
        });
        expect(arrayOf(t.matmul(a.tensor(), b.tensor()))).toEqual(expected);
      }),
    );
  });

  test('takes a vector as a row or a column, whose axis goes', () => {
    const [v, m, batch] = [
      t.tensor([1, 2]),
      t.tensor([
        [1, 2],
        [3, 4],
      ]),
      t.ones([3, 2, 2]),
    ];
    expect(v.matmul(v).toArraySync()).toBe(5);
    expect(v.matmul(m).toArraySync()).toEqual([7, 10]);
    expect(m.matmul(v).toArraySync()).toEqual([5, 11]);
    expect([v.matmul(batch).shape, batch.matmul(v).shape]).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });

  test('promotes dtypes', () => {
    const counts = t.tensor([[1, 2]], { dtype: 'int32' });
    expect([counts.matmul(counts.T).dtype, counts.matmul(t.ones([2, 1])).dtype]).toEqual(['int32', 'float32']);
  });
});
