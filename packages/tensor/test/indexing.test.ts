import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, type Index, range, type Tensor, tensor, zeros } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

/** 0, 1, 2, ... */
const counted = (...shape: number[]): Tensor => arange(shape.reduce((a, b) => a * b, 1)).reshape(shape);
const ints = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'int32' });

describe('get', () => {
  test('numbers, slices, the ellipsis and new axes give views', () => {
    const x = counted(2, 3, 4);
    const part = x.get(-1, '...', range(1, null, 2));
    expect(part.toArraySync()).toEqual([
      [13, 15],
      [17, 19],
      [21, 23],
    ]);
    expect(x.get(null, 0, range(0, 2)).shape).toEqual([1, 2, 4]);
    part.add_(100);
    expect(x.get(1, 2, 3).itemSync()).toBe(123);
    expect(x.get().shape).toEqual([2, 3, 4]);
  });

  test('slices are clipped as in Python', () => {
    const x = counted(5);
    expect(x.get(range(-3, 100)).toArraySync()).toEqual([2, 3, 4]);
    expect(x.get(range(4, 2)).shape).toEqual([0]);
  });

  test('arrays of indices broadcast together and stand where the axes stood', () => {
    const x = counted(2, 3, 4);
    expect(x.get([1, 0]).toArraySync()).toEqual([x.get(1).toArraySync(), x.get(0).toArraySync()]);
    expect(x.get(0, [0, -1], [1, 2]).toArraySync()).toEqual([1, 10]);
    expect(x.get('...', [[0], [2]], [1, 3]).toArraySync()).toEqual([
      [
        [1, 3],
        [9, 11],
      ],
      [
        [13, 15],
        [21, 23],
      ],
    ]);
    expect(x.get([], 0).shape).toEqual([0, 4]);
  });

  test('axes of indices with another between them go to the front', () => {
    const x = counted(2, 3, 4);
    const result = x.get([0, 1], range(), ints([3, 0]));
    expect(result.toArraySync()).toEqual([
      [3, 7, 11],
      [12, 16, 20],
    ]);
    expect(x.get(range(), null, 0, [1, 2]).shape).toEqual([2, 1, 2]);
  });

  test('works on transposed and flipped tensors', () => {
    expect(counted(2, 3).mT.get([2, 0], [1, 1]).toArraySync()).toEqual([5, 3]);
    expect(counted(4).flip().get([0, 3]).toArraySync()).toEqual([3, 0]);
  });

  test('masks: of booleans, or read asynchronously', async () => {
    const x = counted(2, 3);
    expect(x.get([true, false]).toArraySync()).toEqual([[0, 1, 2]]);
    expect((await x.getAsync(x.gt(2))).toArraySync()).toEqual([3, 4, 5]);
    expect(x.getSync(range(), tensor([true, false, true])).toArraySync()).toEqual([
      [0, 2],
      [3, 5],
    ]);
    expect(() => x.get(x.gt(2))).toThrow(/await x\.getAsync/);
    expect(() => x.getSync(tensor([true, false, true]))).toThrow(IndexError);
  });

  test('errors name index and size', () => {
    const x = counted(2, 3);
    expect(() => x.get(2)).toThrow('get: index 2 is out of bounds for an axis of 2 elements');
    expect(() => x.get([0, 3], 0)).toThrow('get: index 3 is out of bounds for an axis of 2 elements');
    expect(() => x.get(ints([-3]))).toThrow('index -3 is out of bounds');
    // As merged indices 0 * 3 + 3 would be within the tensor.
    expect(() => x.get(ints([0]), ints([3]))).toThrow(IndexError);
    expect(() => x.get(0, 0, 0)).toThrow(IndexError);
    expect(() => x.get('...', '...')).toThrow(ArgumentError);
    expect(() => x.get(x.add(0.5))).toThrow(DTypeError);
    expect(() => x.get([0.5])).toThrow(IndexError);
  });
});

describe('set', () => {
  const after = (index: readonly Index[], value: Tensor | number, x = zeros([2, 3])): unknown =>
    x.set(index, value).toArraySync();

  test('writes numbers and broadcast tensors in place', () => {
    expect(after([1], 5)).toEqual([
      [0, 0, 0],
      [5, 5, 5],
    ]);
    expect(after([range(), 0], tensor([1, 2]))).toEqual([
      [1, 0, 0],
      [2, 0, 0],
    ]);
    expect(after([0], tensor([[7, 8, 9]]))).toEqual([
      [7, 8, 9],
      [0, 0, 0],
    ]);
    expect(after([0, 0], 2.75, zeros([1, 1], { dtype: 'int32' }))).toEqual([[2]]);
  });

  test('writes at indices: the last of several values for one place wins', () => {
    expect(
      after(
        [
          [0, 1],
          [2, 0],
        ],
        tensor([1, 2]),
      ),
    ).toEqual([
      [0, 0, 1],
      [2, 0, 0],
    ]);
    expect(after([[0, 0], 1], tensor([1, 2]))).toEqual([
      [0, 2, 0],
      [0, 0, 0],
    ]);
    expect(after([range(), [2, -3]], tensor([1, 2]))).toEqual([
      [2, 0, 1],
      [2, 0, 1],
    ]);
  });

  test('writes through views whose axes have to be copied to merge', () => {
    const x = zeros([3, 2]);
    x.mT.set(
      [
        [0, 1],
        [2, 0],
      ],
      tensor([1, 2]),
    );
    expect(x.toArraySync()).toEqual([
      [0, 2],
      [0, 0],
      [1, 0],
    ]);
  });

  test('writes by a mask: a number, a broadcast row, or one value per place', () => {
    const mask = tensor([
      [true, false, true],
      [false, false, true],
    ]);
    expect(after([mask], -1)).toEqual([
      [-1, 0, -1],
      [0, 0, -1],
    ]);
    expect(after([mask], tensor([1, 2, 3]))).toEqual([
      [1, 0, 2],
      [0, 0, 3],
    ]);
    expect(after([tensor([false, true])], tensor([4, 5, 6]))).toEqual([
      [0, 0, 0],
      [4, 5, 6],
    ]);
    expect(
      after(
        [range(), tensor([true, false, true])],
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual([
      [1, 0, 2],
      [3, 0, 4],
    ]);
    expect(() => after([mask, 0], 1)).toThrow(IndexError);
    expect(() => after([tensor([true, false]), [0]], 1)).toThrow(/mask\.nonzero\(\)/);
  });

  test('a tensor can be written into itself', () => {
    const x = counted(4);
    expect(x.set([[3, 2, 1, 0]], x).toArraySync()).toEqual([3, 2, 1, 0]);
  });

  test('what does not fit is an error', () => {
    expect(() => after([0], tensor([1, 2]))).toThrow(ShapeError);
    expect(() => after([[0, 5]], 1)).toThrow(IndexError);
  });
});

test('indexPut accumulates duplicates and leaves x alone', () => {
  const x = zeros([3]);
  const at = ints([0, 2, 0]);
  expect(x.indexPut([at], tensor([1, 2, 3]), { accumulate: true }).toArraySync()).toEqual([4, 0, 2]);
  expect(x.indexPut([at], tensor([1, 2, 3])).toArraySync()).toEqual([3, 0, 2]);
  expect(x.toArraySync()).toEqual([0, 0, 0]);
  expect(
    zeros([2, 2])
      .indexPut_([null, ints([1])], 9)
      .toArraySync(),
  ).toEqual([
    [0, 9],
    [0, 9],
  ]);
});

describe('gather and its kin', () => {
  test('gather reads along one axis; the index may be smaller along the others', () => {
    const x = counted(2, 3);
    expect(x.gather(1, ints([[2, 0]])).toArraySync()).toEqual([[2, 0]]);
    expect(() => x.gather(1, ints([[-1]]))).toThrow(IndexError);
    expect(() => x.gather(0, ints([[0, 0, 0, 0]]))).toThrow(ShapeError);
    expect(() => x.gather(0, x.float())).toThrow(DTypeError);
  });

  test('takeAlongDim broadcasts, or flattens', () => {
    const x = counted(2, 3);
    expect(x.takeAlongDim(ints([[2], [0]]), { dim: 1 }).toArraySync()).toEqual([[2], [3]]);
    expect(x.takeAlongDim(ints([[1]]), { dim: 0 }).toArraySync()).toEqual([[3, 4, 5]]);
    expect(x.takeAlongDim(ints([5, 0])).toArraySync()).toEqual([5, 0]);
  });

  test('indexSelect and take', () => {
    const x = counted(2, 3);
    expect(x.indexSelect(1, ints([2, 2])).toArraySync()).toEqual([
      [2, 2],
      [5, 5],
    ]);
    expect(x.take(ints([[-1, 0]])).toArraySync()).toEqual([[5, 0]]);
    expect(() => x.indexSelect(0, ints([-1]))).toThrow('gather: index -1 is out of bounds for axis 0 with 2 elements');
  });
});
