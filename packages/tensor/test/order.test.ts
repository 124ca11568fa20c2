import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor, type ValuesAndIndices, zeros } from '../src/index.ts';
import {
  bucketize,
  cumulativeTrapezoid,
  diff,
  gradient,
  isin,
  median,
  mode,
  nanmedian,
  nanquantile,
  quantile,
  searchsorted,
  trapezoid,
} from '../src/statistics/index.ts';

// Expected numbers are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

const { NaN: nan } = Number;
const values = (x: Tensor): unknown => x.toArraySync();
const both = (found: ValuesAndIndices): unknown[] => [values(found.values), values(found.indices)];
const withNaN = (): Tensor =>
  tensor([
    [1, nan, 3],
    [2, 2, 5],
  ]);

describe('sorting', () => {
  test('puts NaN last, first when descending', () => {
    expect(both(tensor([nan, 2, 1]).sort())).toEqual([
      [1, 2, nan],
      [2, 1, 0],
    ]);
    expect(values(tensor([1, nan, 2]).argsort({ descending: true }))).toEqual([1, 2, 0]);
    expect(both(tensor(3).sort())).toEqual([3, 0]);
  });

  test('topk and kthvalue', () => {
    const x = tensor([
      [3, 1, 2],
      [4, 6, 5],
    ]);
    expect(both(x.topk(2))).toEqual([
      [
        [3, 2],
        [6, 5],
      ],
      [
        [0, 2],
        [1, 2],
      ],
    ]);
    expect(both(x.topk(1, { dim: 0, largest: false }))).toEqual([[[3, 1, 2]], [[0, 0, 0]]]);
    expect(both(x.kthvalue(2))).toEqual([
      [2, 5],
      [2, 2],
    ]);
    expect(both(tensor(7).topk(1, { dim: 0 }))).toEqual([7, 0]);
    expect(() => x.topk(4)).toThrow(/topk: k must be from 0 to 3, the size of axis 1 of \[2, 3\]; got 4/);
    expect(() => x.kthvalue(0)).toThrow(ArgumentError);
  });
});

describe('median', () => {
  test('is the lower one, NaN where there is a NaN', () => {
    expect(values(median(withNaN()))).toBeNaN();
    expect(both(median(withNaN(), { dim: 1 }))).toEqual([
      [nan, 2],
      [1, 1],
    ]);
    expect(values(median(tensor([4, 1, 3, 2], { dtype: 'int32' })))).toBe(2);
    expect(values(median(zeros([0])))).toBeNaN();
  });

  test('can leave NaN out', () => {
    expect(values(nanmedian(withNaN()))).toBe(2);
    expect(both(nanmedian(withNaN(), { dim: 1 }))).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(values(nanmedian(tensor([nan, nan])))).toBeNaN();
  });
});

test('mode is the most frequent element and its last place', () => {
  expect(both(mode(tensor([3, 1, 2, 3, 1, 5, 3], { dtype: 'int32' })))).toEqual([3, 6]);
  expect(both(mode(tensor([[2, 1, 2, 1]]), { keepdim: true }))).toEqual([[[1]], [[3]]]);
});

describe('quantile', () => {
  const x = (): Tensor => tensor([8, 1, 4, 2]);

  test.each([
    ['linear', 2.4],
    ['lower', 2],
    ['higher', 4],
    ['nearest', 2],
    ['midpoint', 3],
  ] as const)('%s', (interpolation, expected) => {
    expect(values(quantile(x(), 0.4, { interpolation }))).toBeCloseTo(expected, 6);
  });

  test('a vector of quantiles makes the first axis', () => {
    const found = quantile(withNaN(), tensor([0.5, 1]), { dim: 1, keepdim: true });
    expect(values(found)).toEqual([
      [[nan], [2]],
      [[nan], [5]],
    ]);
    expect(values(nanquantile(withNaN(), 0.5, { dim: 1 }))).toEqual([2, 2]);
  });

  test('checks what it can', () => {
    expect(() => quantile(x(), 1.5)).toThrow(ArgumentError);
    expect(() => quantile(x(), zeros([1], { dtype: 'float64' }))).toThrow(DTypeError);
    expect(() => quantile(zeros([0]), 0.5)).toThrow(ShapeError);
  });
});

describe('searching', () => {
  const boundaries = (): Tensor => tensor([1, 3, 3, 7]);

  test('goes before or behind equal boundaries', () => {
    const x = tensor([
      [0, 1],
      [3, 9],
    ]);
    expect(values(bucketize(x, boundaries()))).toEqual([
      [0, 0],
      [1, 4],
    ]);
    expect(values(bucketize(x, boundaries(), { right: true }))).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(values(searchsorted(boundaries(), 5))).toBe(3);
    expect(values(searchsorted(boundaries(), tensor([nan])))).toEqual([4]);
    expect(values(searchsorted(zeros([0]), tensor([1])))).toEqual([0]);
  });

  test('takes rows of their own, and an order', () => {
    const rows = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(values(searchsorted(rows, tensor([[2], [9]])))).toEqual([[1], [3]]);
    const shuffled = tensor([7, 1, 3]);
    expect(values(searchsorted(shuffled, tensor([2, 8]), { sorter: shuffled.argsort() }))).toEqual([1, 3]);
    expect(() => searchsorted(rows, tensor([1]))).toThrow(ShapeError);
  });

  test('isin', () => {
    expect(values(isin(tensor([1, 2, 3]), tensor([[3], [1]])))).toEqual([true, false, true]);
    expect(values(isin(tensor([1, nan]), tensor([nan]), { invert: true }))).toEqual([true, true]);
    expect(values(isin(tensor([1, 2]), zeros([0])))).toEqual([false, false]);
    expect(values(isin(tensor([1, 2]), 2))).toEqual([false, true]);
  });
});

describe('cumulative', () => {
  test('sum, product, logarithm of sums', () => {
    expect(values(tensor([[true, true]]).cumsum(1))).toEqual([[1, 2]]);
    expect(values(tensor([2, 3, 4]).cumprod(-1))).toEqual([2, 6, 24]);
    expect(values(tensor([1000, 1000]).logcumsumexp(0))).toEqual([1000, expect.closeTo(1000.6931, 3)]);
    expect(values(tensor(5).cumsum(0))).toBe(5);
  });

  test('extremes with the last place of the running one', () => {
    expect(both(tensor([1, 3, 3, 2]).cummax(0))).toEqual([
      [1, 3, 3, 3],
      [0, 1, 2, 2],
    ]);
    expect(values(tensor([2, nan, 1]).cummin(0).values)).toEqual([2, nan, nan]);
  });
});

describe('differences', () => {
  test('diff, repeated, with what stands before and behind', () => {
    const x = tensor([1, 4, 9]);
    expect(values(diff(x))).toEqual([3, 5]);
    expect(values(diff(x, { n: 2 }))).toEqual([2]);
    expect(values(diff(x, { n: 9 }))).toEqual([]);
    expect(values(diff(x, { prepend: tensor([0]), append: tensor([16]) }))).toEqual([1, 3, 5, 7]);
    expect(values(diff(tensor([true, false, false])))).toEqual([true, false]);
    expect(() => diff(tensor(1))).toThrow(ShapeError);
  });

  test('gradient by central differences', () => {
    expect(gradient(tensor([1, 4, 9, 16]), { edgeOrder: 2 }).map(values)).toEqual([[2, 4, 6, 8]]);
    expect(gradient(tensor([1, 2, 4]), { spacing: [tensor([0, 1, 3])] }).map(values)).toEqual([[1, 1, 1]]);
    expect(gradient(tensor([1, 3]), { spacing: 2 }).map(values)).toEqual([[1, 1]]);
    expect(() => gradient(tensor([1, 3]), { edgeOrder: 2 })).toThrow(/needs at least 3 elements/);
  });

  test('trapezoids', () => {
    const y = tensor([1, 5, 10]);
    expect(values(trapezoid(y))).toBe(10.5);
    expect(values(trapezoid(y, { x: tensor([1, 2, 4]) }))).toBe(18);
    expect(values(cumulativeTrapezoid(y, { dx: 2 }))).toEqual([6, 21]);
    expect(values(trapezoid(zeros([2, 0])))).toEqual([0, 0]);
  });
});
