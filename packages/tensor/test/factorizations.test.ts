import { HostBackend, use } from '@gradus/backend';
import { describe, expect, test } from 'vitest';
import { eye, matmul, type Tensor } from '../src/index.ts';
import * as linalg from '../src/linalg/index.ts';
import { expectClose, identities, scattered } from './matrices.ts';

await use(new HostBackend('host'));

const values = (x: Tensor): unknown => x.toArraySync();

const shapes: readonly (readonly [shape: readonly number[]])[] = [
  [3, 3],
  [4, 2],
  [2, 4],
  [2, 3, 5],
  [2, 0, 3, 3],
  [0, 3],
  [3, 0],
  [1, 1],
  [40, 40],
].map((shape) => [shape]);

describe('factors multiply to the matrix', () => {
  test.each(shapes)('lu of %j', (shape) => {
    const x = scattered(shape);
    const { P, L, U } = linalg.lu(x);
    expectClose(matmul(P, matmul(L, U)), x);
    const { LU, pivots } = linalg.luFactorEx(x);
    expect(values(linalg.luUnpack(LU, pivots).U)).toEqual(values(U));
  });

  test.each(shapes)('qr of %j', (shape) => {
    const x = scattered(shape);
    for (const mode of ['reduced', 'complete'] as const) {
      const { Q, R } = linalg.qr(x, { mode });
      expectClose(matmul(Q, R), x);
      expectClose(matmul(Q.mT, Q), identities(Q));
      expect(values(R)).toEqual(values(R.triu()));
    }
    expect(linalg.qr(x, { mode: 'r' }).Q.shape).toEqual([0]);
    const { a, tau } = linalg.geqrf(x);
    const reflected = linalg.ormqr(a, tau, x, { transpose: true });
    expectClose(reflected.triu(), a.triu());
    expectClose(linalg.ormqr(a, tau, reflected), x);
    expectClose(linalg.ormqr(a, tau, x.mT, { left: false }), reflected.mT);
  });

  test.each(shapes)('svd of %j', (shape) => {
    const x = scattered(shape);
    const { U, S, Vh } = linalg.svd(x, { fullMatrices: false });
    expectClose(matmul(U.mul(S.unsqueeze(-2)), Vh), x);
    expectClose(linalg.svdvals(x), S);
    const full = linalg.svd(x);
    expectClose(matmul(full.U.mT, full.U), identities(full.U));
    expectClose(matmul(full.Vh, full.Vh.mT), identities(full.Vh));
  });

  test.each<readonly [shape: readonly number[]]>([[[3, 3]], [[2, 5, 5]], [[0, 0]], [[30, 30]]])(
    'of symmetric matrices %j',
    (shape) => {
      const half = scattered(shape);
      const x = half.add(half.mT);
      const { eigenvalues, eigenvectors } = linalg.eigh(x);
      expectClose(matmul(eigenvectors.mul(eigenvalues.unsqueeze(-2)), eigenvectors.mT), x);
      expectClose(linalg.eigvalsh(x.triu(), { uplo: 'U' }), eigenvalues);
      const b = scattered([...shape.slice(0, -1), 2], 5);
      const { LD, pivots } = linalg.ldlFactor(x);
      expectClose(matmul(x, linalg.ldlSolve(LD, pivots, b)), b);
      const positive = matmul(x, x.mT).add(eye(shape.at(-1) as number, shape.at(-1), { dtype: 'float64' }));
      for (const upper of [false, true]) {
        const L = linalg.cholesky(positive, { upper });
        expectClose(upper ? matmul(L.mT, L) : matmul(L, L.mT), positive);
        expectClose(matmul(positive, linalg.choleskySolve(b, L, { upper })), b);
        expectClose(matmul(positive, linalg.choleskyInverse(L, { upper })), identities(positive));
      }
    },
  );
});
