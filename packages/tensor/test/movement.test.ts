import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import * as t from '../src/index.ts';
import { arrayOf, at, build, type NdArray, type Sample, samples } from './arrays.ts';

beforeAll(() => use(cpu()));

/** Runs an op on samples with random choices and compares it with a map of indices: result[index] = x[from(index)]. */
function moves<Choice>(
  choices: (shape: readonly number[]) => fc.Arbitrary<Choice>,
  op: (x: t.Tensor, choice: Choice) => t.Tensor,
  expected: (x: NdArray, choice: Choice) => NdArray,
  fits: (sample: Sample) => boolean = ({ array }) => array.shape.length > 0,
): void {
  const drawn = samples.filter(fits).chain((sample) => fc.tuple(fc.constant(sample), choices(sample.array.shape)));
  fc.assert(
    fc.property(drawn, ([sample, choice]) => {
      const x = sample.tensor();
      expect(arrayOf(op(x, choice))).toEqual(expected(sample.array, choice));
    }),
  );
}

const axis = (shape: readonly number[]): fc.Arbitrary<number> => fc.integer({ min: 0, max: shape.length - 1 });
const put = (index: readonly number[], place: number, value: number): number[] =>
  index.map((n, i) => (i === place ? value : n));
const sized = (shape: readonly number[], place: number, size: number): number[] => put(shape, place, size);

describe('movement ops', () => {
  test('permute', () => {
    moves(
      (shape) =>
        fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
      (x, order) => t.permute(x, order),
      (x, order) =>
        build(
          order.map((a) => x.shape[a] as number),
          (index) =>
            at(
              x,
              x.shape.map((_, a) => index[order.indexOf(a)] as number),
            ),
        ),
    );
  });

  test('transpose, with axes from the end', () => {
    moves(
      (shape) => fc.tuple(axis(shape), axis(shape)),
      (x, [a, b]) => t.transpose(x, a - x.ndim, b),
      (x, [a, b]) => {
        const swap = (list: readonly number[]): number[] =>
          list.map((n, i) => (i === a ? list[b] : i === b ? list[a] : n) as number);
        return build(swap(x.shape), (index) => at(x, swap(index)));
      },
    );
  });

  test('flip', () => {
    moves(
      (shape) => fc.subarray(shape.map((_, i) => i)),
      (x, axes) => t.flip(x, axes),
      (x, axes) =>
        build(x.shape, (index) =>
          at(
            x,
            index.map((n, i) => (axes.includes(i) ? (x.shape[i] as number) - 1 - n : n)),
          ),
        ),
    );
  });

  test('slice, as Python slices', () => {
    const bound = fc.integer({ min: -5, max: 5 });
    moves(
      (shape) => fc.tuple(axis(shape), bound, bound, fc.integer({ min: 1, max: 3 })),
      (x, [place, start, end, step]) => t.slice(x, place, start, end, step),
      (x, [place, start, end, step]) => {
        const size = x.shape[place] as number;
        const clip = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, 0), size);
        const kept = Array.from({ length: size }, (_, i) => i).filter(
          (i) => i >= clip(start) && i < clip(end) && (i - clip(start)) % step === 0,
        );
        return build(sized(x.shape, place, kept.length), (index) =>
          at(x, put(index, place, kept[index[place] as number] as number)),
        );
      },
    );
  });

  test('select', () => {
    moves(
      (shape) =>
        axis(shape).chain((place) =>
          fc.tuple(
            fc.constant(place),
            fc.integer({ min: -(shape[place] as number), max: (shape[place] as number) - 1 }),
          ),
        ),
      (x, [place, n]) => t.select(x, place, n),
      (x, [place, n]) => {
        const whole = n < 0 ? n + (x.shape[place] as number) : n;
        return build(
          x.shape.filter((_, i) => i !== place),
          (index) => at(x, [...index.slice(0, place), whole, ...index.slice(place)]),
        );
      },
      ({ array }) => array.shape.length > 0 && !array.shape.includes(0),
    );
  });

  test('unfold', () => {
    moves(
      (shape) =>
        axis(shape).chain((place) =>
          fc.tuple(
            fc.constant(place),
            fc.integer({ min: 0, max: shape[place] as number }),
            fc.integer({ min: 1, max: 3 }),
          ),
        ),
      (x, [place, size, step]) => t.unfold(x, place, size, step),
      (x, [place, size, step]) => {
        const windows = Math.floor(((x.shape[place] as number) - size) / step) + 1;
        return build([...sized(x.shape, place, windows), size], (index) =>
          at(x, put(index.slice(0, -1), place, (index[place] as number) * step + (index.at(-1) as number))),
        );
      },
    );
  });

  test('diagonal', () => {
    moves(
      () => fc.integer({ min: -3, max: 3 }),
      (x, offset) => t.diagonal(x, offset, 0, -1),
      (x, offset) => {
        const [rows, columns] = [x.shape[0], x.shape.at(-1)] as [number, number];
        const [row, column] = [Math.max(-offset, 0), Math.max(offset, 0)];
        const length = Math.max(Math.min(rows - row, columns - column), 0);
        return build([...x.shape.slice(1, -1), length], (index) =>
          at(x, [(index.at(-1) as number) + row, ...index.slice(0, -1), (index.at(-1) as number) + column]),
        );
      },
      ({ array }) => array.shape.length > 1,
    );
  });

  test('expand, unsqueeze and squeeze', () => {
    moves(
      (shape) => fc.tuple(fc.integer({ min: 0, max: shape.length }), fc.integer({ min: 0, max: 3 })),
      (x, [place, times]) =>
        t.expand(t.unsqueeze(x, place), [...x.shape.slice(0, place), times, ...x.shape.slice(place)]),
      (x, [place, times]) =>
        build([...x.shape.slice(0, place), times, ...x.shape.slice(place)], (index) =>
          at(
            x,
            index.filter((_, i) => i !== place),
          ),
        ),
      () => true,
    );
    moves(
      () => fc.constant(null),
      (x) => t.squeeze(x),
      (x) => ({ shape: x.shape.filter((n) => n !== 1), values: x.values }),
    );
  });

  test('reshape keeps the row-major order of any view', () => {
    moves(
      (shape) => fc.integer({ min: 0, max: shape.length }),
      (x, cut) =>
        t.reshape(x, [x.shape.slice(0, cut).reduce((a, b) => a * b, 1), x.shape.slice(cut).reduce((a, b) => a * b, 1)]),
      (x, cut) => ({
        shape: [x.shape.slice(0, cut).reduce((a, b) => a * b, 1), x.shape.slice(cut).reduce((a, b) => a * b, 1)],
        values: x.values,
      }),
      () => true,
    );
  });

  test('roll and repeat copy', () => {
    moves(
      (shape) => fc.tuple(axis(shape), fc.integer({ min: -5, max: 5 })),
      (x, [place, shift]) => t.roll(x, shift, { dims: place }),
      (x, [place, shift]) => {
        const size = x.shape[place] as number;
        return build(x.shape, (index) =>
          at(x, put(index, place, ((((index[place] as number) - shift) % size) + size) % size)),
        );
      },
    );
    moves(
      (shape) => fc.array(fc.integer({ min: 0, max: 2 }), { minLength: shape.length, maxLength: shape.length }),
      (x, counts) => t.repeat(x, counts),
      (x, counts) =>
        build(
          x.shape.map((n, i) => n * (counts[i] as number)),
          (index) =>
            at(
              x,
              index.map((n, i) => n % (x.shape[i] as number)),
            ),
        ),
    );
  });

  test('are views: they share memory', () => {
    const x = t.zeros([2, 3]);
    for (const view of [
      x.T,
      x.flip(),
      x.narrow(1, 1, 2),
      x.select(0, 1),
      x.unfold(1, 2, 1),
      x.diagonal(),
      x.reshape([6]),
      x.expand([2, 2, 3]),
    ]) {
      expect(view.storage).toBe(x.storage);
    }
    x.T.select(0, 2).fill_(5);
    expect(x.toArraySync()).toEqual([
      [0, 0, 5],
      [0, 0, 5],
    ]);
    expect(x.T.reshape([6]).storage).not.toBe(x.storage);
    expect(() => x.T.view([6])).toThrow('view: [3, 2] with strides [1, 3] needs a copy; use reshape');
  });
});
