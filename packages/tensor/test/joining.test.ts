import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arange,
  blockDiag,
  broadcastShapes,
  broadcastTensors,
  cartesianProd,
  cat,
  columnStack,
  combinations,
  dstack,
  hstack,
  meshgrid,
  scalar,
  stack,
  type Tensor,
  tensor,
  trilIndices,
  triuIndices,
  vstack,
  zeros,
} from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

const counted = (...shape: number[]): Tensor => arange(shape.reduce((a, b) => a * b, 1)).reshape(shape);
const shapes = (tensors: readonly Tensor[]): unknown => tensors.map((x) => x.shape);
const values = (tensors: readonly Tensor[]): unknown => tensors.map((x) => x.toArraySync());

describe('joining', () => {
  test('cat copies parts of any layout, promotes dtypes, skips empty vectors', () => {
    const x = counted(2, 2);
    expect(cat([x, x.mT], { dim: -1 }).toArraySync()).toEqual([
      [0, 1, 0, 2],
      [2, 3, 1, 3],
    ]);
    const mixed = cat([zeros([0]), x, tensor([[true, false]])]);
    expect(mixed.toArraySync()).toEqual([
      [0, 1],
      [2, 3],
      [1, 0],
    ]);
    expect(mixed.dtype).toBe('float32');
    expect(cat([zeros([0]), zeros([0])]).shape).toEqual([0]);
  });

  test('cat refuses what does not fit', () => {
    expect(() => cat([counted(2, 2), counted(2, 3)])).toThrow(
      'sizes must agree along every axis but 0, got [2, 2], [2, 3]',
    );
    expect(() => cat([scalar(1)])).toThrow(ShapeError);
    expect(() => cat([])).toThrow(ArgumentError);
  });

  test('the stacks', () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    expect(stack([a, b], { dim: 1 }).toArraySync()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(hstack([a, b, scalar(5)]).toArraySync()).toEqual([1, 2, 3, 4, 5]);
    expect(vstack([a, b]).toArraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(dstack([a, b]).toArraySync()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    expect(columnStack([a, b]).toArraySync()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(() => stack([a, scalar(1)])).toThrow(ShapeError);
  });

  test('blockDiag', () => {
    expect(blockDiag(tensor([[1], [2]]), tensor([3, 4]), scalar(5)).toArraySync()).toEqual([
      [1, 0, 0, 0],
      [2, 0, 0, 0],
      [0, 3, 4, 0],
      [0, 0, 0, 5],
    ]);
  });

  test('broadcasting, grids and combinations', () => {
    expect(broadcastShapes([2, 1], [3])).toEqual([2, 3]);
    expect(shapes(broadcastTensors(counted(2, 1), counted(3)))).toEqual([
      [2, 3],
      [2, 3],
    ]);
    const [x, y] = [tensor([1, 2]), tensor([3, 4, 5])];
    expect(values(meshgrid([x, y]))).toEqual([
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
      [
        [3, 4, 5],
        [3, 4, 5],
      ],
    ]);
    expect(shapes(meshgrid([x, y], { indexing: 'xy' }))).toEqual([
      [3, 2],
      [3, 2],
    ]);
    expect(cartesianProd(x, y.narrow(0, 0, 2)).toArraySync()).toEqual([
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ]);
    expect(combinations(y).toArraySync()).toEqual([
      [3, 4],
      [3, 5],
      [4, 5],
    ]);
    expect(combinations(x, { withReplacement: true }).toArraySync()).toEqual([
      [1, 1],
      [1, 2],
      [2, 2],
    ]);
    expect(combinations(x, { r: 3 }).shape).toEqual([0, 3]);
  });
});

describe('splitting', () => {
  test('split, chunk and tensorSplit give views', () => {
    const x = counted(5);
    expect(values(x.split(2))).toEqual([[0, 1], [2, 3], [4]]);
    expect(values(x.split([1, 0, 4]))).toEqual([[0], [], [1, 2, 3, 4]]);
    expect(values(x.chunk(4))).toEqual([[0, 1], [2, 3], [4]]);
    expect(values(x.tensorSplit(4))).toEqual([[0, 1], [2], [3], [4]]);
    expect(values(x.tensorSplit([1, -1]))).toEqual([[0], [1, 2, 3], [4]]);
    expect(shapes(zeros([0]).chunk(3))).toEqual([[0], [0], [0]]);
    x.split(2)[1]?.fill_(9);
    expect(x.toArraySync()).toEqual([0, 1, 9, 9, 4]);
  });

  test('along other axes', () => {
    const x = counted(2, 2, 2);
    expect(shapes(x.hsplit(2))).toEqual([
      [2, 1, 2],
      [2, 1, 2],
    ]);
    expect(shapes(x.vsplit([1]))).toEqual([
      [1, 2, 2],
      [1, 2, 2],
    ]);
    expect(shapes(x.dsplit(2))).toEqual([
      [2, 2, 1],
      [2, 2, 1],
    ]);
    expect(values(x.unbind({ dim: -1 }))).toEqual([
      [
        [0, 2],
        [4, 6],
      ],
      [
        [1, 3],
        [5, 7],
      ],
    ]);
  });

  test('errors', () => {
    expect(() => counted(5).split([2, 2])).toThrow("sizes [2, 2] don't fill axis 0 of [5]");
    expect(() => counted(5).hsplit(2)).toThrow(ArgumentError);
    expect(() => counted(5).vsplit(1)).toThrow(ShapeError);
    expect(() => counted(5).split(0)).toThrow(ArgumentError);
    expect(() => scalar(1).chunk(2)).toThrow(ShapeError);
  });
});

describe('rearranging', () => {
  test('repeat and tile', () => {
    expect(tensor([1, 2]).repeat([2, 2]).toArraySync()).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ]);
    expect(counted(2, 1).tile([3]).toArraySync()).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const x = tensor([1, 2]);
    x.repeat([1]).fill_(0);
    expect(x.toArraySync()).toEqual([1, 2]);
    expect(() => counted(2, 2).repeat([2])).toThrow(ShapeError);
  });

  test('repeatInterleave by a number, numbers, or a tensor that is read', async () => {
    const x = counted(2, 2);
    expect(x.repeatInterleave(2).toArraySync()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(x.repeatInterleave([0, 2], { dim: 1 }).toArraySync()).toEqual([
      [1, 1],
      [3, 3],
    ]);
    const counts = tensor([2, 1], { dtype: 'int32' });
    expect((await x.repeatInterleaveAsync(counts, { dim: 0 })).toArraySync()).toEqual([
      [0, 1],
      [0, 1],
      [2, 3],
    ]);
    expect(x.repeatInterleaveSync(counts, { dim: 0 }).shape).toEqual([3, 2]);
    expect(() => x.repeatInterleave([1, 2, 3], { dim: 0 })).toThrow(ShapeError);
    expect(() => x.repeatInterleave(-1)).toThrow(ArgumentError);
  });

  test('roll and rot90', () => {
    const x = counted(2, 3);
    expect(x.roll(1).toArraySync()).toEqual([
      [5, 0, 1],
      [2, 3, 4],
    ]);
    expect(x.roll([1, -4], { dims: [0, 1] }).toArraySync()).toEqual([
      [4, 5, 3],
      [1, 2, 0],
    ]);
    expect(x.rot90().toArraySync()).toEqual([
      [2, 5],
      [1, 4],
      [0, 3],
    ]);
    expect(x.rot90({ k: -1 }).toArraySync()).toEqual([
      [3, 0],
      [4, 1],
      [5, 2],
    ]);
    expect(x.rot90({ k: 2 }).toArraySync()).toEqual(x.fliplr().flipud().toArraySync());
    expect(() => x.roll([1, 2], { dims: 0 })).toThrow(ArgumentError);
  });

  test('triangles and diagonals', () => {
    const x = counted(2, 3);
    expect(x.tril().toArraySync()).toEqual([
      [0, 0, 0],
      [3, 4, 0],
    ]);
    expect(x.triu({ diagonal: 1 }).toArraySync()).toEqual([
      [0, 1, 2],
      [0, 0, 5],
    ]);
    expect(x.clone().tril_({ diagonal: -1 }).toArraySync()).toEqual([
      [0, 0, 0],
      [3, 0, 0],
    ]);
    expect(x.diag({ diagonal: 1 }).toArraySync()).toEqual([1, 5]);
    expect(tensor([1, 2]).diag().toArraySync()).toEqual([
      [1, 0],
      [0, 2],
    ]);
    expect(
      tensor([[1, 2]])
        .diagEmbed({ offset: -1 })
        .toArraySync(),
    ).toEqual([
      [
        [0, 0, 0],
        [1, 0, 0],
        [0, 2, 0],
      ],
    ]);
    expect(counted(1, 2).diagflat().toArraySync()).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(trilIndices(2, 3).toArraySync()).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(triuIndices(2, 3, { offset: 1 }).toArraySync()).toEqual([
      [0, 0, 1],
      [1, 2, 2],
    ]);
    expect(() => tensor([1]).tril()).toThrow(ShapeError);
  });

  test('by other names', () => {
    const x = counted(2, 3);
    expect(x.t().toArraySync()).toEqual(x.T.toArraySync());
    expect(scalar(1).atleast3d().shape).toEqual([1, 1, 1]);
    expect(x.atleast3d().shape).toEqual([2, 3, 1]);
  });
});
