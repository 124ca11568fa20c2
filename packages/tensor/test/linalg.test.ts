import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { eye, isnan, matmul, ones, scope, type Tensor, tensor, zeros } from '../src/index.ts';
import * as linalg from '../src/linalg/index.ts';
import { expectClose, identities, scattered } from './matrices.ts';

await use(new HostBackend('host'));

const f64 = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float64' });
const values = (x: Tensor): unknown => x.toArraySync();
const inf = Number.POSITIVE_INFINITY;

describe('numbers from PyTorch', () => {
  const a = f64([
    [2, 1, -1],
    [4, -6, 0],
    [-2, 7, 2],
  ]);

  test('lu with its pivots', () => {
    const { LU, pivots } = linalg.luFactor(a);
    expectClose(
      LU,
      f64([
        [4, -6, 0],
        [0.5, 4, -1],
        [-0.5, 1, 3],
      ]),
    );
    expect(values(pivots)).toEqual([2, 2, 3]);
  });

  test('ldl with a block of two', () => {
    const { LD, pivots } = linalg.ldlFactor(
      f64([
        [0, 2, 1],
        [2, 0, 3],
        [1, 3, 1],
      ]),
    );
    expectClose(
      LD,
      f64([
        [0, 0, 0],
        [2, 0, 0],
        [1.5, 0.5, -2],
      ]),
    );
    expect(values(pivots)).toEqual([-2, -2, 3]);
  });

  test("qr with LAPACK's signs", () => {
    expectClose(linalg.qr(f64([[3], [4]])).Q, f64([[-0.6], [-0.8]]));
    expectClose(linalg.qr(f64([[-3], [4]])).R, f64([[5]]));
    expectClose(linalg.qr(f64([[2]])).R, f64([[2]]));
  });

  test('determinants', () => {
    expect(linalg.det(a).itemSync()).toBeCloseTo(-48, 9);
    const { sign, logabsdet } = linalg.slogdet(a);
    expect([sign.itemSync(), logabsdet.itemSync()]).toEqual([-1, expect.closeTo(Math.log(48), 9)]);
    expect(linalg.logdet(a).itemSync()).toBeNaN();
    expect(linalg.logdet(zeros([2, 2])).itemSync()).toBe(-inf);
    expect(linalg.det(zeros([0, 0])).itemSync()).toBe(1);
    expect(values(linalg.det(zeros([2, 0, 0])))).toEqual([1, 1]);
  });

  test('matrixExp', () => {
    const turn = f64([
      [0, -Math.PI],
      [Math.PI, 0],
    ]);
    expectClose(linalg.matrixExp(turn), identities(turn).neg());
    expectClose(linalg.matrixExp(turn.mul(100)), identities(turn));
  });

  test('norms of matrices', () => {
    const matrix = f64([
      [1, -2],
      [-3, 4],
    ]);
    const expected = {
      fro: Math.sqrt(30),
      nuc: 5.8309518948453,
      1: 6,
      [-1]: 4,
      2: 5.4649857042191,
      [-2]: 0.3659661906263,
    };
    for (const [name, norm] of Object.entries(expected)) {
      const ord = name === 'fro' || name === 'nuc' ? name : Number(name);
      expect(linalg.matrixNorm(matrix, { ord }).itemSync()).toBeCloseTo(norm, 9);
      expect(linalg.norm(matrix, { ord, keepdim: true }).shape).toEqual([1, 1]);
    }
    expect(linalg.matrixNorm(matrix, { ord: inf }).itemSync()).toBe(7);
    expect(linalg.matrixNorm(matrix, { ord: -inf, dim: [1, 0] }).itemSync()).toBe(4);
    expect(linalg.matrixNorm(ones([2, 3, 4]), { ord: 2, dim: [2, 0], keepdim: true }).shape).toEqual([1, 3, 1]);
    expect(linalg.matrixNorm(zeros([3, 0]), { ord: 'nuc' }).itemSync()).toBe(0);
    expect(linalg.norm(matrix, { ord: 1, dim: 1 }).toArraySync()).toEqual([3, 7]);
  });

  test('cond', () => {
    expect(linalg.cond(a).itemSync()).toBeCloseTo(5.962965527218725, 9);
    expect(linalg.cond(zeros([2, 2]), { p: 1 }).itemSync()).toBe(inf);
    expect(linalg.cond(zeros([2, 2])).itemSync()).toBeNaN();
    expect(values(linalg.cond(zeros([2, 0, 0])))).toEqual([0, 0]);
  });

  test('ranks', () => {
    const x = f64([
      [1, 2],
      [2, 4.001],
    ]);
    expect(linalg.matrixRank(x).itemSync()).toBe(2);
    expect(linalg.matrixRank(x, { rtol: 1e-3 }).itemSync()).toBe(1);
    expect(linalg.matrixRank(x, { atol: tensor(6, { dtype: 'float64' }), hermitian: true }).itemSync()).toBe(0);
    expect(linalg.matrixRank(zeros([3, 0])).dtype).toBe('int32');
  });

  test('pinv and lstsq of matrices of lower rank', () => {
    const x = f64([
      [1, 2],
      [2, 4],
      [0, 0],
    ]);
    expectClose(linalg.pinv(x), x.mT.div(25));
    const { solution, rank, singularValues, residuals } = linalg.lstsq(x, f64([1, 2, 3]), { driver: 'gelsd' });
    expectClose(solution, f64([0.2, 0.4]));
    expect(rank.itemSync()).toBe(1);
    expectClose(singularValues, f64([5, 0]));
    expect(residuals.itemSync()).toBeCloseTo(9, 9);
    expect(linalg.lstsq(x, f64([1, 2, 3])).residuals.shape).toEqual([0]);
  });

  test('equations', () => {
    expectClose(linalg.solve(a, f64([1, -2, 9])), f64([1, 1, 2]));
    expectClose(matmul(linalg.inv(a), a), identities(a));
    expectClose(linalg.matrixPower(a, -2), linalg.inv(matmul(a, a)));
    const x = scattered([2, 3, 6]);
    expectClose(
      linalg.tensordot(x, linalg.tensorsolve(x, ones([2, 3], { dtype: 'float64' })), { dims: 1 }),
      ones([2, 3], { dtype: 'float64' }),
    );
    expectClose(linalg.tensordot(linalg.tensorinv(x), x, { dims: 2 }), eye(6, 6, { dtype: 'float64' }));
    const { solution } = linalg.triangularSolve(f64([[2], [4], [2]]), a, { upper: false, transpose: true });
    expectClose(matmul(a.tril().mT, solution), f64([[2], [4], [2]]));
  });
});

describe('what has no result', () => {
  const singular = (): Tensor =>
    tensor([
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 2],
        [2, 4],
      ],
    ]);

  test('is an error where the backend reads at once', () => {
    expect(() => linalg.inv(singular())).toThrow('inv: matrix [1] of the batch is singular (pivot 2 is 0)');
    expect(() => linalg.solve(zeros([2, 2]), ones([2]))).toThrow(linalg.LinalgError);
    expect(() => linalg.cholesky(singular().neg())).toThrow(
      'cholesky: matrix [0] of the batch is not positive definite (its leading minor of order 1 is not positive)',
    );
    expect(() => linalg.luFactor(singular())).toThrow('luFactor: matrix [1] of the batch is singular, U[2, 2] is 0');
    expect(() => linalg.ldlFactor(zeros([2, 2]))).toThrow('ldlFactor: the matrix is singular, D[1, 1] is 0');
  });

  test('is told by the info of the ...Ex forms', () => {
    expect(values(linalg.invEx(singular()).info)).toEqual([0, 2]);
    expect(values(linalg.solveEx(singular(), ones([2, 2])).info)).toEqual([0, 2]);
    const { L, info } = linalg.choleskyEx(singular().neg());
    expect([values(info), values(isnan(L).all())]).toEqual([[1, 1], true]);
  });

  test('NaN and infinities end in NaN', () => {
    for (const bad of [Number.NaN, inf]) {
      const x = f64([
        [1, bad],
        [bad, 2],
      ]);
      const results = [
        linalg.svdvals(x),
        linalg.svd(x).U,
        linalg.eigvalsh(x),
        linalg.eigh(x).eigenvectors,
        linalg.matrixExp(x),
      ];
      for (const result of results) expect(isnan(result).all().itemSync()).toBe(1);
    }
    expect(
      linalg.lu(
        f64([
          [Number.NaN, 1],
          [1, 2],
        ]),
      ).U.shape,
    ).toEqual([2, 2]);
  });
});

describe('arguments', () => {
  test.each<readonly [() => unknown, typeof ShapeError, string]>([
    [() => linalg.inv(ones([2, 3])), ShapeError, 'inv: needs square matrices, got shape [2, 3]'],
    [() => linalg.det(ones([2])), ShapeError, 'det: needs matrices, two axes or more, got shape [2]'],
    [() => linalg.svd(ones([2, 2], { dtype: 'int32' })), DTypeError, 'svd: needs a float tensor, got int32'],
    [() => linalg.solve(ones([2, 2]), ones([3, 1])), ShapeError, 'solve: sizes differ, [2, 2] x [3, 1]'],
    [
      () => linalg.solve(ones([2, 2]), ones([2]), { left: false }),
      ArgumentError,
      'solve: left: false needs a matrix b',
    ],
    [
      () => linalg.solve(ones([2, 2]), f64([[1], [2]])),
      DTypeError,
      'solve: needs matrices of one dtype, got float32 and float64',
    ],
    [() => linalg.matrixNorm(ones([2, 2]), { ord: 3 }), ArgumentError, 'matrixNorm: ord must be'],
    [() => linalg.matrixNorm(ones([2])), ShapeError, 'matrixNorm: needs matrices, two axes or more, got shape [2]'],
    [() => linalg.norm(ones([2, 2, 2]), { ord: 'fro' }), ArgumentError, 'norm: order fro over axes [0, 1, 2]'],
    [
      () => linalg.householderProduct(ones([3, 2]), ones([3])),
      ShapeError,
      'householderProduct: tau must be [2] or shorter',
    ],
    [() => linalg.luSolve(ones([2, 2]), ones([2]), ones([2, 1])), DTypeError, 'luSolve: pivots must be int32'],
    [() => linalg.tensorinv(ones([2, 3, 4])), ShapeError, 'tensorinv: the first 2 axes and the others'],
    [() => linalg.lstsq(ones([2, 3]), ones([3, 1])), ShapeError, 'lstsq: numbers of rows differ'],
    [() => linalg.matrixPower(ones([2, 2]), 0.5), ArgumentError, 'matrixPower: n must be an integer'],
  ])('%#', (call, error, message) => {
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });

  test('views of any strides are read as they are', () => {
    const x = scattered([3, 4, 3]);
    const view = x.permute([1, 2, 0]).flip(-1);
    expectClose(linalg.inv(view), linalg.inv(view.contiguous()));
    expectClose(
      linalg.svdvals(x.select(0, 0).expand([2, 4, 3])),
      linalg.svdvals(x.select(0, 0).expand([2, 4, 3]).contiguous()),
    );
  });

  test('no tensor is left over', () => {
    const backend = new HostBackend('counted');
    const make = (): Tensor =>
      tensor(
        [
          [4, 1],
          [1, 3],
        ],
        { backend },
      );
    const x = make();
    const before = backend.memory().liveBuffers;
    scope(() => {
      linalg.solve(x, x);
      linalg.pinv(x);
      linalg.det(x);
      linalg.cond(x, { p: 1 });
      linalg.lstsq(x, x);
    });
    expect(backend.memory().liveBuffers).toBe(before);
    const { L, info } = linalg.choleskyEx(x);
    expect(backend.memory().liveBuffers).toBe(before + 2);
    for (const result of [L, info]) result.dispose();
    linalg.inv(x).dispose();
    for (const factor of Object.values(linalg.luFactor(x))) factor.dispose();
    expect(backend.memory().liveBuffers).toBe(before);
  });
});
