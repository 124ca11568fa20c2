import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor, varMean, zeros } from '../src/index.ts';
import { segmentReduce } from '../src/statistics/index.ts';

// Expected numbers are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const values = (x: Tensor): unknown => x.toArraySync();
const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe('sum and its kin', () => {
  test('go over all axes, one or several, counted from either end', () => {
    expect(values(matrix().sum())).toBe(21);
    expect(values(matrix().sum({ dim: 0 }))).toEqual([5, 7, 9]);
    expect(values(matrix().sum({ dim: -1, keepdim: true }))).toEqual([[6], [15]]);
    expect(values(matrix().sum({ dim: [0, 1] }))).toBe(21);
    expect(values(matrix().sum({ dim: [] }))).toBe(21);
    expect(values(matrix().T.sum({ dim: 0 }))).toEqual([6, 15]);
  });

  test('hold integers and bool in int32, floats in their own dtype', () => {
    expect(tensor([200, 100], { dtype: 'uint8' }).sum().dtype).toBe('int32');
    expect(values(tensor([200, 100], { dtype: 'uint8' }).sum())).toBe(300);
    expect(values(tensor([true, true]).sum())).toBe(2);
    expect(tensor([1], { dtype: 'float64' }).sum().dtype).toBe('float64');
    expect(values(tensor([true, true]).prod())).toBe(1);
    expect(values(tensor([3, 4], { dtype: 'int8' }).prod())).toBe(12);
    expect(tensor([3], { dtype: 'int32' }).sum({ dtype: 'float64' }).dtype).toBe('float64');
  });

  test('of nothing are the neutral element', () => {
    expect(values(zeros([0, 2]).sum({ dim: 0 }))).toEqual([0, 0]);
    expect(values(zeros([0]).prod())).toBe(1);
    expect(values(zeros([0]).mean())).toBeNaN();
    expect(values(zeros([0]).all())).toBe(true);
    expect(values(zeros([0]).any())).toBe(false);
    expect(values(zeros([0]).logsumexp())).toBe(-inf);
  });

  test('mean needs floats', () => {
    expect(values(matrix().mean({ dim: 0 }))).toEqual([2.5, 3.5, 4.5]);
    expect(() => tensor([1], { dtype: 'int32' }).mean()).toThrow(DTypeError);
    expect(values(tensor([1, 2], { dtype: 'int32' }).mean({ dtype: 'float32' }))).toBe(1.5);
  });

  test('can leave NaN out', () => {
    expect(values(tensor([1, nan, 5]).nansum())).toBe(6);
    expect(values(tensor([1, nan, 5]).nanmean())).toBe(3);
    expect(values(tensor([nan]).nanmean())).toBeNaN();
  });

  test('a wrong axis is an error that names the op', () => {
    expect(() => matrix().sum({ dim: 2 })).toThrow(IndexError);
    expect(() => matrix().sum({ dim: [0, -2] })).toThrow(/sum: an axis appears twice/);
  });
});

describe('all and any', () => {
  test('count NaN as true and keep uint8', () => {
    expect(values(tensor([nan, 0]).any())).toBe(true);
    expect(values(matrix().gt(3).all({ dim: 1 }))).toEqual([false, true]);
    expect(tensor([1], { dtype: 'uint8' }).all().dtype).toBe('uint8');
  });
});

describe('extremes', () => {
  test('let NaN win and say where the first stands', () => {
    expect(values(tensor([1, nan, 3]).max())).toBeNaN();
    const { values: largest, indices } = tensor([
      [5, 5, 1],
      [1, nan, 9],
    ]).max({ dim: 1 });
    expect(values(largest)).toEqual([5, nan]);
    expect(values(indices)).toEqual([0, 1]);
    expect(values(tensor([3, 1, 1]).argmin())).toBe(1);
    expect(values(matrix().argmax())).toBe(5);
    expect(values(matrix().argmax({ dim: 0, keepdim: true }))).toEqual([[1, 1, 1]]);
    expect(Object.values(matrix().aminmax({ dim: 0 })).map(values)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test('of nothing are an error', () => {
    expect(() => zeros([0]).max()).toThrow(ShapeError);
    expect(() => zeros([0, 2]).argmin({ dim: 0 })).toThrow(/argmin: no elements along axes \[0\] of \[0, 2\]/);
    expect(values(zeros([0, 2]).amax({ dim: 1 }))).toEqual([]);
  });

  test('of a scalar are the scalar at 0', () => {
    const { values: largest, indices } = tensor(4).max({ dim: 0 });
    expect([values(largest), values(indices)]).toEqual([4, 0]);
  });
});

describe('norms', () => {
  test.each([
    [2, 5],
    ['fro', 5],
    [1, 7],
    [0, 2],
    [inf, 4],
    [-inf, 0],
    [3, (27 + 64) ** (1 / 3)],
    [-1, 0],
  ] as const)('of order %s', (p, expected) => {
    expect(values(tensor([-3, 0, 4]).norm({ p }))).toBeCloseTo(expected, 6);
  });

  test('refuse integers and unknown orders', () => {
    expect(() => tensor([1], { dtype: 'int32' }).norm()).toThrow(DTypeError);
    expect(() => tensor([1]).norm({ p: 'nuc' as 'fro' })).toThrow(ArgumentError);
  });

  test('dist and renorm', () => {
    expect(values(matrix().dist(tensor([1, 2, 3])))).toBeCloseTo(Math.sqrt(27), 5);
    expect(values(matrix().renorm(1, 0, 6))).toEqual([[1, 2, 3], [1.6, 2, 2.4].map((x) => expect.closeTo(x, 5))]);
  });
});

describe('segments', () => {
  const x = () => tensor([1, 5, 2, 4, 3, 6]);
  let lengths: Tensor;
  beforeAll(() => {
    lengths = tensor([2, 0, 3], { dtype: 'int32' });
  });

  test.each([
    ['sum', [6, 0, 9]],
    ['mean', [3, NaN, 3]],
    ['prod', [5, 1, 24]],
    ['max', [5, -inf, 4]],
    ['min', [1, inf, 2]],
  ] as const)('%s by lengths', (reduce, expected) => {
    expect(values(segmentReduce(x(), reduce, { lengths }))).toEqual(expected);
  });

  test('by offsets, from an initial value', () => {
    const offsets = tensor([1, 1, 4], { dtype: 'int32' });
    expect(values(segmentReduce(x(), 'mean', { offsets, initial: 1 }))).toEqual([1, 4]);
    expect(values(segmentReduce(x(), 'max', { offsets, initial: 10 }))).toEqual([10, 10]);
  });

  test('along a later axis, each row its own', () => {
    const own = tensor(
      [
        [1, 2],
        [3, 0],
      ],
      { dtype: 'int32' },
    );
    expect(values(segmentReduce(matrix(), 'sum', { lengths: own, axis: 1 }))).toEqual([
      [1, 5],
      [15, 0],
    ]);
  });

  test('refuse none, both and other shapes', () => {
    expect(() => segmentReduce(x(), 'sum')).toThrow(ArgumentError);
    expect(() => segmentReduce(x(), 'sum', { lengths, offsets: lengths })).toThrow(ArgumentError);
    expect(() => segmentReduce(matrix(), 'sum', { lengths, axis: 1 })).toThrow(ShapeError);
    expect(() => segmentReduce(x(), 'median' as 'sum', { lengths })).toThrow(ArgumentError);
  });
});

describe('logsumexp', () => {
  test('does not overflow and keeps infinities', () => {
    expect(values(tensor([1000, 1000]).logsumexp())).toBeCloseTo(1000.6931, 3);
    expect(values(tensor([-inf, -inf]).logsumexp())).toBe(-inf);
    expect(values(tensor([1, inf]).logsumexp())).toBe(inf);
    expect(values(tensor([0, 0], { dtype: 'int32' }).logsumexp())).toBeCloseTo(Math.LN2, 6);
  });
});

describe('variance', () => {
  test('divides by the count less the correction', () => {
    expect(values(tensor([1, 2, 4]).var())).toBeCloseTo(7 / 3, 6);
    expect(values(tensor([1, 2, 4]).var({ unbiased: false }))).toBeCloseTo(14 / 9, 6);
    expect(values(tensor([1, 2, 4]).std({ correction: 2 }))).toBeCloseTo(Math.sqrt(14 / 3), 6);
    expect(values(tensor([1]).std())).toBeNaN();
  });

  test('does not cancel far from 0', () => {
    expect(values(tensor([1e8, 1e8 + 8, 1e8 + 16]).var())).toBe(64);
  });

  test('comes with the mean', () => {
    expect(varMean(matrix(), { dim: 0 }).map(values)).toEqual([
      [4.5, 4.5, 4.5],
      [2.5, 3.5, 4.5],
    ]);
    expect(() => tensor([1], { dtype: 'int32' }).var()).toThrow(DTypeError);
  });
});

describe('sumToSize', () => {
  test('undoes broadcasting', () => {
    expect(values(matrix().sumToSize([1, 3]))).toEqual([[5, 7, 9]]);
    expect(values(matrix().sumToSize([]))).toBe(21);
    expect(() => matrix().sumToSize([2])).toThrow(ShapeError);
  });
});

test('trace takes a matrix', () => {
  expect(values(matrix().trace())).toBe(6);
  expect(() => zeros([2, 2, 2]).trace()).toThrow(ShapeError);
});
