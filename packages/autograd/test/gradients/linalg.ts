import * as t from '@gradus/tensor';
import * as linalg from '@gradus/tensor/linalg';
import { check, type GradientTable, of } from './case.ts';

const [square, batch, tall, wide] = [of([3, 3]), of([2, 3, 3]), of([4, 2]), of([2, 4])];
const [none, column] = [of([0, 0]), of([3, 2])];
/** Repeated rows would be singular. */
const distinct = { ties: false };

/** A matrix far from singular ones, whatever x is. */
function regular(x: t.Tensor): t.Tensor {
  const n = x.shape[x.ndim - 1] as number;
  const diagonal = t.tensor(
    Array.from({ length: n }, (_, i) => 2 + 1.3 * i),
    { dtype: x.dtype },
  );
  return t.add(x, t.diag(diagonal));
}

function symmetric(x: t.Tensor): t.Tensor {
  const matrix = regular(x);
  return t.add(matrix, matrix.mT);
}

function positive(x: t.Tensor): t.Tensor {
  return t.matmul(regular(x), regular(x).mT);
}

/** Of rank n - 1: the last row is the sum of the others. */
function singular(x: t.Tensor): t.Tensor {
  const matrix = regular(x);
  const rows = t.narrow(matrix, -2, 0, (x.shape[x.ndim - 1] as number) - 1);
  return t.cat([rows, t.sum(rows, { dim: -2, keepdim: true })], { dim: -2 });
}

/** Squares, which have no sign. */
function unsigned(...vectors: t.Tensor[]): readonly t.Tensor[] {
  return vectors.map((x) => t.square(x));
}

export const factors: GradientTable = {
  cholesky: [square, batch, none].flatMap((operand) => [
    check((x) => linalg.cholesky(positive(x)), [operand]),
    check((x) => linalg.cholesky(positive(x), { upper: true }), [operand]),
  ]),
  choleskyEx: [check((x) => linalg.choleskyEx(positive(x)).L, [square])],
  luFactor: [square, batch, none].map((operand) => check((x) => linalg.luFactor(regular(x)).LU, [operand])),
  luFactorEx: [
    ...[tall, wide].map((operand) => check((x) => linalg.luFactorEx(x).LU, [operand], distinct)),
    check((x) => linalg.luFactorEx(regular(x), { pivot: false }).LU, [square]),
  ],
  lu: [tall, wide, of([2, 3, 2])].map((operand) =>
    check(
      (x) => {
        const { L, U } = linalg.lu(x);
        return [L, U];
      },
      [operand],
      distinct,
    ),
  ),
  luUnpack: [
    check(
      (x) => {
        const { L, U } = linalg.luUnpack(x, t.tensor([2, 2], { dtype: 'int32' }));
        return [L, U];
      },
      [wide],
    ),
  ],
  qr: [square, tall, wide, of([2, 3, 2])].flatMap((operand) => [
    check(
      (x) => {
        const { Q, R } = linalg.qr(x);
        return [Q, R];
      },
      [operand],
      distinct,
    ),
    check((x) => linalg.qr(x).R, [operand], distinct),
    check((x) => linalg.qr(x).Q, [operand], distinct),
  ]),
  householderProduct: [
    check(linalg.householderProduct, [of([4, 3]), of([2])]),
    check(linalg.householderProduct, [of([2, 3, 3]), of([2, 3])]),
    check(linalg.householderProduct, [square, of([0])]),
  ],
  ormqr: [
    check((a, tau, x) => linalg.ormqr(a, tau, x), [of([3, 2]), of([2]), column]),
    check((a, tau, x) => linalg.ormqr(a, tau, x, { left: false, transpose: true }), [of([3, 2]), of([2]), of([2, 3])]),
  ],
  eigh: [
    check((x) => linalg.eigh(symmetric(x)).eigenvalues, [batch]),
    check(
      (x) => {
        const { eigenvalues, eigenvectors } = linalg.eigh(symmetric(x), { uplo: 'U' });
        return [eigenvalues, ...unsigned(eigenvectors)];
      },
      [square],
    ),
  ],
  eigvalsh: [square, batch, none].map((operand) => check((x) => linalg.eigvalsh(symmetric(x)), [operand])),
  svd: [square, tall, wide, batch].flatMap((operand) => [
    check(
      (x) => {
        const { U, S, Vh } = linalg.svd(x, { fullMatrices: false });
        return [S, ...unsigned(U, Vh)];
      },
      [operand],
      distinct,
    ),
    check((x) => linalg.svd(x).S, [operand], distinct),
  ]),
  svdvals: [tall, wide, batch].map((operand) => check((x) => linalg.svdvals(x), [operand], distinct)),
};

export const solutions: GradientTable = {
  choleskySolve: [false, true].map((upper) =>
    check(
      (b, x) => linalg.choleskySolve(b, linalg.cholesky(positive(x), { upper }), { upper }),
      [of([2, 3, 2]), square],
    ),
  ),
  choleskyInverse: [check((x) => linalg.choleskyInverse(linalg.cholesky(positive(x))), [square])],
  luSolve: [
    check(
      (x, b) => {
        const { LU, pivots } = linalg.luFactor(regular(x));
        return linalg.luSolve(LU, pivots, b, { adjoint: true });
      },
      [batch, column],
    ),
    check(
      (x, b) => {
        const { LU, pivots } = linalg.luFactor(regular(x));
        return linalg.luSolve(LU, pivots, b, { left: false });
      },
      [square, of([2, 3])],
    ),
  ],
  solve: [
    check((x, b) => linalg.solve(regular(x), b), [batch, column]),
    check((x, b) => linalg.solve(regular(x), b), [batch, of([2, 3])]),
    check((x, b) => linalg.solve(regular(x), b), [square, of([3])]),
    check((x, b) => linalg.solve(regular(x), b, { left: false }), [square, of([2, 3])]),
    check((x, b) => linalg.solve(regular(x), b), [none, of([0, 2])]),
  ],
  solveEx: [check((x, b) => linalg.solveEx(regular(x), b).result, [square, column])],
  inv: [square, batch].map((operand) => check((x) => linalg.inv(regular(x)), [operand])),
  invEx: [check((x) => linalg.invEx(regular(x)).inverse, [square])],
  tensorinv: [check((x) => linalg.tensorinv(t.reshape(regular(x), [2, 2, 4]), { ind: 2 }), [of([4, 4])])],
  tensorsolve: [
    check((x, b) => linalg.tensorsolve(t.reshape(regular(x), [2, 2, 4]), b), [of([4, 4]), of([2, 2])]),
    check(
      (x, b) => linalg.tensorsolve(t.reshape(regular(x), [2, 2, 2, 2]), b, { dims: [1, 2] }),
      [of([4, 4]), of([2, 2])],
    ),
  ],
  solveTriangular: [true, false].flatMap((upper) => [
    check((x, b) => linalg.solveTriangular(regular(x), b, { upper }), [batch, column]),
    check((x, b) => linalg.solveTriangular(x, b, { upper, left: false, unitriangular: true }), [square, of([2, 3])]),
  ]),
  triangularSolve: [
    check(
      (b, x) => {
        const { solution, clonedCoefficient } = linalg.triangularSolve(b, regular(x), { transpose: true });
        return [solution, clonedCoefficient];
      },
      [column, square],
    ),
  ],
  pinv: [
    ...[tall, wide, square].map((operand) => check((x) => linalg.pinv(x), [operand], distinct)),
    check((x) => linalg.pinv(symmetric(x), { hermitian: true }), [batch]),
  ],
  lstsq: [
    check((a, b) => linalg.lstsq(a, b).solution, [of([2, 4, 2]), of([2, 4, 3])], distinct),
    check((a, b) => linalg.lstsq(a, b, { driver: 'gelsd' }).residuals, [tall, of([4])], distinct),
    check((a, b) => linalg.lstsq(a, b).solution, [wide, of([2])], distinct),
  ],
};

export const determinants: GradientTable = {
  det: [
    ...[square, batch, none].map((operand) => check((x) => linalg.det(regular(x)), [operand])),
    check((x) => linalg.det(singular(x)), [square]),
    check((x) => linalg.det(t.cat([singular(x), regular(x)])), [batch]),
    check((x) => linalg.det(t.add(t.mul(x, 0), t.eye(3, 3, { dtype: 'float64' }))), [square]),
  ],
  slogdet: [check((x) => linalg.slogdet(regular(x)).logabsdet, [batch])],
  logdet: [check((x) => linalg.logdet(positive(x)), [batch])],
  matrixExp: [check((x) => linalg.matrixExp(x), [batch]), check((x) => linalg.matrixExp(x), [of([2, 2], -9, 9)])],
  matrixPower: [
    ...[0, 1, 3].map((n) => check((x) => linalg.matrixPower(x, n), [of([2, 2, 2])])),
    ...[-1, -3].map((n) => check((x) => linalg.matrixPower(regular(x), n), [of([2, 2, 2])])),
  ],
};

export const norms: GradientTable = {
  vectorNorm: [
    check((x) => linalg.vectorNorm(x), [tall]),
    check((x) => linalg.vectorNorm(x, { ord: 3, dim: 1, keepdim: true }), [tall]),
  ],
  matrixNorm: [
    check((x) => linalg.matrixNorm(x), [of([2, 2, 3])]),
    ...[1, Number.NEGATIVE_INFINITY].map((ord) => check((x) => linalg.matrixNorm(x, { ord }), [of([2, 3])], distinct)),
    ...([2, -2, 'nuc'] as const).map((ord) =>
      check((x) => linalg.matrixNorm(x, { ord, dim: [2, 0], keepdim: true }), [of([2, 2, 3])], distinct),
    ),
  ],
  norm: [
    check((x) => linalg.norm(x), [of([2, 2, 2])]),
    check((x) => linalg.norm(x, { ord: 'nuc' }), [tall], distinct),
    check((x) => linalg.norm(x, { ord: 2, dim: 0 }), [tall]),
  ],
  cond: ([2, -2, 'fro', 'nuc', 1] as const).map((p) => check((x) => linalg.cond(regular(x), { p }), [square])),
};
