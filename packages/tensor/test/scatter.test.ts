import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, ones, scalar, type Tensor, tensor, zeros } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

const ints = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'int32' });

describe('scatter', () => {
  test('writes into a copy, or in place; a larger source is cut to the index', () => {
    const x = zeros([2, 3]);
    const index = ints([[2, 0]]);
    expect(
      x
        .scatter(
          1,
          index,
          tensor([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        )
        .toArraySync(),
    ).toEqual([
      [2, 0, 1],
      [0, 0, 0],
    ]);
    expect(x.toArraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(x.scatter_(1, index, 7)).toBe(x);
    expect(x.toArraySync()).toEqual([
      [7, 0, 7],
      [0, 0, 0],
    ]);
  });

  test('reduce adds or multiplies; scalars have one place', () => {
    const x = tensor([2, 3]);
    expect(x.scatter(0, ints([0, 0]), 4, { reduce: 'multiply' }).toArraySync()).toEqual([32, 3]);
    expect(x.scatterAdd(0, ints([1, 1]), tensor([1, 2])).toArraySync()).toEqual([2, 6]);
    expect(
      scalar(1)
        .scatter(0, scalar(0, { dtype: 'int32' }), 5)
        .itemSync(),
    ).toBe(5);
  });

  test('a source that is the target itself is read before it is written', () => {
    const x = tensor([1, 2, 3]);
    expect(x.scatter_(0, ints([1, 2, 0]), x).toArraySync()).toEqual([3, 1, 2]);
  });

  test('errors', () => {
    const x = zeros([2, 3]);
    expect(() => x.scatter(0, ints([[2]]), 1)).toThrow(IndexError);
    expect(() => x.scatter(0, ints([0]), 1)).toThrow(ShapeError);
    expect(() => x.scatter(0, ints([[0]]), ints([[1]]))).toThrow(DTypeError);
  });
});

describe('scatterReduce', () => {
  const x = (): Tensor => tensor([10, 20, 30]);
  const index = (): Tensor => ints([0, 0, 2]);
  const source = (): Tensor => tensor([1, 5, 50]);

  test.each([
    ['sum', [16, 20, 80], [6, 20, 50]],
    ['prod', [50, 20, 1500], [5, 20, 50]],
    ['mean', [16 / 3, 20, 40], [3, 20, 50]],
    ['amax', [10, 20, 50], [5, 20, 50]],
    ['amin', [1, 20, 30], [1, 20, 50]],
  ] as const)('%s with and without what is there', (reduce, including, excluding) => {
    const close = (got: Tensor, expected: readonly number[]): void =>
      expected.forEach((value, i) => {
        expect(got.get(i).itemSync()).toBeCloseTo(value, 5);
      });
    close(x().scatterReduce(0, index(), source(), reduce), including);
    close(x().scatterReduce(0, index(), source(), reduce, { includeSelf: false }), excluding);
  });

  test('the mean of integers is rounded down', () => {
    expect(
      ints([-2])
        .scatterReduce(0, ints([0]), ints([-1]), 'mean')
        .toArraySync(),
    ).toEqual([-2]);
  });

  test('an unknown reduction is named', () => {
    expect(() => x().scatterReduce(0, index(), source(), 'max' as 'amax')).toThrow(ArgumentError);
  });
});

describe('by slices', () => {
  const x = (): Tensor => zeros([2, 3]);

  test('indexAdd, indexCopy, indexFill, indexReduce', () => {
    const source = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(
      x()
        .indexAdd(1, ints([0, 0]), source, { alpha: 10 })
        .toArraySync(),
    ).toEqual([
      [30, 0, 0],
      [70, 0, 0],
    ]);
    expect(
      x()
        .indexCopy(1, ints([2, 0]), source)
        .toArraySync(),
    ).toEqual([
      [2, 0, 1],
      [4, 0, 3],
    ]);
    expect(
      x()
        .indexFill(0, ints([1]), 9)
        .toArraySync(),
    ).toEqual([
      [0, 0, 0],
      [9, 9, 9],
    ]);
    expect(
      x()
        .indexFill(0, ints([0]), scalar(4))
        .toArraySync(),
    ).toEqual([
      [4, 4, 4],
      [0, 0, 0],
    ]);
    expect(
      ones([2, 3])
        .indexReduce(1, ints([1, 1]), source, 'prod')
        .toArraySync(),
    ).toEqual([
      [1, 2, 1],
      [1, 12, 1],
    ]);
    expect(() => x().indexAdd(1, ints([0]), source)).toThrow(ShapeError);
  });

  test('put counts places row-major, from the end too', () => {
    expect(
      x()
        .put(ints([-1, 1]), tensor([5, 6]))
        .toArraySync(),
    ).toEqual([
      [0, 6, 0],
      [0, 0, 5],
    ]);
    const columns = x().mT;
    expect(columns.put_(ints([1, 1]), tensor([5, 6]), { accumulate: true })).toBe(columns);
    expect(columns.toArraySync()).toEqual([
      [0, 11],
      [0, 0],
      [0, 0],
    ]);
    expect(() => x().put(ints([0]), tensor([1, 2]))).toThrow(ShapeError);
  });
});

describe('by masks', () => {
  test('maskedFill keeps the dtype; masks broadcast', () => {
    const x = arange(4).reshape([2, 2]);
    const mask = tensor([true, false]);
    expect(x.maskedFill(mask, 7.5).toArraySync()).toEqual([
      [7, 1],
      [7, 3],
    ]);
    expect(x.maskedFill(mask, 7.5).dtype).toBe('int32');
    expect(
      tensor([1, 2])
        .maskedFill(
          tensor([
            [true, false],
            [false, true],
          ]),
          scalar(0),
        )
        .toArraySync(),
    ).toEqual([
      [0, 2],
      [1, 0],
    ]);
    expect(x.maskedFill_(mask, -1).toArraySync()).toEqual([
      [-1, 1],
      [-1, 3],
    ]);
    expect(() => x.maskedFill(x, 0)).toThrow(DTypeError);
    expect(() => tensor([1, 2]).maskedFill_(tensor([[true, false]]), 0)).toThrow(ShapeError);
  });

  test('maskedScatter takes the source in order', () => {
    const x = zeros([2, 2]);
    const mask = tensor([
      [false, true],
      [true, true],
    ]);
    expect(x.maskedScatter(mask, tensor([1, 2, 3, 4])).toArraySync()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(x.maskedScatter_(tensor([true, false]), tensor([[8, 9]])).toArraySync()).toEqual([
      [8, 0],
      [9, 0],
    ]);
    expect(() => x.maskedScatter(mask, tensor([1]))).toThrow(IndexError);
  });
});

test('views in a copy are replaced', () => {
  const x = zeros([2, 2]);
  expect(x.selectScatter(tensor([1, 2]), 1, -1).toArraySync()).toEqual([
    [0, 1],
    [0, 2],
  ]);
  expect(x.sliceScatter(tensor([[1, 2]]), { start: 1 }).toArraySync()).toEqual([
    [0, 0],
    [1, 2],
  ]);
  expect(x.diagonalScatter(tensor([5]), { offset: 1 }).toArraySync()).toEqual([
    [0, 5],
    [0, 0],
  ]);
  expect(
    x
      .asStridedScatter(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        [2, 2],
        [1, 1],
      )
      .toArraySync(),
  ).toEqual([
    [1, 3],
    [4, 0],
  ]);
  expect(x.toArraySync()).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(() => x.selectScatter(tensor([1]), 0, 0)).toThrow(ShapeError);
});
