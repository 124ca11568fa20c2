import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { arange, ones, scalar, stack, type Tensor, tensor, zeros } from '../src/index.ts';
import {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  bmm,
  cross,
  dot,
  einsum,
  inner,
  kron,
  matrixPower,
  mm,
  multiDot,
  mv,
  outer,
  tensordot,
  vander,
  vecdot,
} from '../src/linalg/index.ts';

beforeAll(() => use(new HostBackend('host')));

const counted = (...shape: number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1))
    .float()
    .reshape(shape);

describe('products by name', () => {
  test('of vectors and matrices', () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
    expect(dot(a, b).itemSync()).toBe(32);
    expect(outer(a, tensor([1, 10])).toArraySync()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(cross(a, b).toArraySync()).toEqual([-3, 6, -3]);
    expect(mv(counted(2, 3), a).toArraySync()).toEqual([8, 26]);
    expect(mm(counted(2, 3), counted(3, 1)).toArraySync()).toEqual([[5], [14]]);
    expect(bmm(counted(2, 1, 2), counted(2, 2, 1)).toArraySync()).toEqual([[[1]], [[13]]]);
    expect(inner(counted(2, 3), counted(2, 3)).toArraySync()).toEqual([
      [5, 14],
      [14, 50],
    ]);
    expect(vecdot(counted(2, 3), a).toArraySync()).toEqual([8, 26]);
    expect(mm(zeros([2, 0]), zeros([0, 1])).toArraySync()).toEqual([[0], [0]]);
  });

  test('added to a tensor, with weights', () => {
    const [x, a] = [tensor([[1]]), tensor([[2]])];
    expect(addmm(x, a, a).itemSync()).toBe(5);
    expect(addmm(x, a, a, { beta: 0.5, alpha: 2 }).itemSync()).toBe(8.5);
    expect(addmm(tensor([[Number.NaN]]), a, a, { beta: 0 }).itemSync()).toBe(4);
    expect(addmv(scalar(1), a, tensor([3])).toArraySync()).toEqual([7]);
    expect(addr(x, tensor([2]), tensor([3]), { alpha: 10 }).itemSync()).toBe(61);
    const bools = tensor([true, false]);
    const either = addr(zeros([2, 2], { dtype: 'bool' }), bools, bools, { beta: 3, alpha: 2 });
    expect([either.dtype, either.toArraySync()]).toEqual([
      'bool',
      [
        [true, false],
        [false, false],
      ],
    ]);
    expect(addbmm(x, ones([3, 1, 2]), ones([3, 2, 1])).itemSync()).toBe(7);
    expect(baddbmm(x, ones([2, 1, 2]), ones([2, 2, 1])).toArraySync()).toEqual([[[3]], [[3]]]);
  });

  test('weights of integers lose what stands after the point', () => {
    const x = tensor([[3]], { dtype: 'int32' });
    const result = addmm(x, x, x, { beta: 0.5, alpha: 2.7 });
    expect(result.dtype).toBe('int32');
    expect(result.itemSync()).toBe(18);
  });

  test('kron, tensordot, vander', () => {
    expect(kron(tensor([1, 2]), tensor([[1, 10]])).toArraySync()).toEqual([[1, 10, 2, 20]]);
    expect(tensordot(counted(2, 3), counted(2, 3)).itemSync()).toBe(55);
    expect(
      tensordot(counted(2, 3), counted(3, 2), {
        dims: [
          [1, 0],
          [0, 1],
        ],
      }).itemSync(),
    ).toBe(50);
    expect(vander(tensor([2, 3]), { N: 3 }).toArraySync()).toEqual([
      [4, 2, 1],
      [9, 3, 1],
    ]);
    expect(vander(tensor([2, 3]), { increasing: true }).toArraySync()).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  test('multiDot multiplies in any order, with vectors at the ends', () => {
    const [a, b, c] = [counted(2, 3), counted(3, 4), counted(4, 1)];
    const expected = a.matmul(b).matmul(c).toArraySync();
    expect(multiDot([a, b, c]).toArraySync()).toEqual(expected);
    expect(multiDot([a, b, c.get('...', 0)]).toArraySync()).toEqual((expected as number[][]).flat());
    expect(() => multiDot([a])).toThrow(ArgumentError);
    expect(() => multiDot([a, scalar(1), c])).toThrow(ShapeError);
  });

  test('errors name the op and both shapes', () => {
    expect(() => mm(counted(2, 3), tensor([1]))).toThrow('mm: needs 2 and 2 axes, got [2, 3] and [1]');
    expect(() => dot(tensor([1]), tensor([1, 2]))).toThrow('dot: sizes differ, [1] x [2]');
    expect(() => bmm(counted(1, 2, 2), counted(2, 2, 2))).toThrow(ShapeError);
    expect(() => cross(counted(2, 2), counted(2, 2))).toThrow(ShapeError);
    expect(() => tensordot(counted(2, 3), counted(2, 3), { dims: 1 })).toThrow(ShapeError);
  });
});

describe('einsum', () => {
  const [a, b] = [() => counted(2, 3), () => counted(3, 2)];

  test('products, sums, transposes and diagonals', () => {
    expect(einsum('ij,jk->ik', a(), b()).toArraySync()).toEqual(a().matmul(b()).toArraySync());
    expect(einsum('ij->ji', a()).toArraySync()).toEqual(a().T.toArraySync());
    expect(einsum('ij->', a()).itemSync()).toBe(15);
    expect(einsum('ii->i', counted(3, 3)).toArraySync()).toEqual([0, 4, 8]);
    expect(einsum('iii', counted(2, 2, 2)).itemSync()).toBe(7);
    expect(einsum('i,j->ij', tensor([1, 2]), tensor([3, 4])).toArraySync()).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(einsum('ij,ij,ij->j', a(), a(), a()).toArraySync()).toEqual([27, 65, 133]);
  });

  test('without an arrow the result has the letters that occur once, sorted', () => {
    expect(einsum('ba', a()).shape).toEqual([3, 2]);
    expect(einsum('ij, jk', a(), b()).shape).toEqual([2, 2]);
  });

  test('... stands for axes that broadcast', () => {
    expect(einsum('...ij,...jk->...ik', ones([4, 1, 2, 3]), ones([5, 3, 2])).shape).toEqual([4, 5, 2, 2]);
    expect(einsum('i...->...', counted(2, 3)).toArraySync()).toEqual([3, 5, 7]);
    expect(einsum('...,...', tensor([2]), tensor([1, 2, 3])).toArraySync()).toEqual([2, 4, 6]);
  });

  test('errors', () => {
    expect(() => einsum('ij,jk', a())).toThrow(ArgumentError);
    expect(() => einsum('ij->ik', a())).toThrow(/'k' of the result/);
    expect(() => einsum('i', a())).toThrow(ShapeError);
    expect(() => einsum('ij,ij->', a(), b())).toThrow("'i' in 'ij,ij->' has sizes 2 and 3");
    expect(() => einsum('i1->i', a())).toThrow(ArgumentError);
  });
});

describe('powers of matrices', () => {
  const fibonacci = (): Tensor =>
    tensor([
      [1, 1],
      [1, 0],
    ]);

  test.each([
    [0, [1, 0, 0, 1]],
    [1, [1, 1, 1, 0]],
    [2, [2, 1, 1, 1]],
    [9, [55, 34, 34, 21]],
  ])('%i', (n, expected) => {
    const power = matrixPower(fibonacci(), n);
    expect(power.reshape([-1]).toArraySync()).toEqual(expected);
    expect(matrixPower(stack([power, power]), 1).shape).toEqual([2, 2, 2]);
  });

  test('refuse fractions and what is not square', () => {
    expect(() => matrixPower(fibonacci(), 0.5)).toThrow(ArgumentError);
    expect(() => matrixPower(ones([2, 3]), 2)).toThrow(ShapeError);
  });
});
