import { qr as algorithm } from '@gradus/backend/linalg';
import { ArgumentError, AutogradError } from '@gradus/storage';
import { empty } from '../creation.ts';
import { factorize } from '../launch/custom.ts';
import { cat } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { narrow } from '../ops/movement.ts';
import { add, mul, sub } from '../ops/pointwise/index.ts';
import { triu } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { batchOf, matrixSize, mT } from './matrices.ts';
import { solveTriangular } from './triangular.ts';
import { withoutGradient } from './without-gradient.ts';

/** `reduced`: Q [..., m, k] and R [..., k, n] for k = min(m, n); `complete`: k = m; `r`: R of the reduced form, Q empty. */
type QrMode = 'reduced' | 'complete' | 'r';

/**
 * Matrices [..., m, n] as Q R: Q has orthonormal columns, R is upper triangular, with LAPACK's signs on its diagonal. There are
 * gradients for `reduced`, and for `complete` where m <= n.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.qr.html
 */
export function qr(x: Tensor, options: { readonly mode?: QrMode } = {}): { readonly Q: Tensor; readonly R: Tensor } {
  const { mode = 'reduced' } = options;
  const [rows, columns] = matrixSize('qr', x);
  if (!['reduced', 'complete', 'r'].includes(mode)) {
    throw new ArgumentError(`qr: mode must be 'reduced', 'complete' or 'r', got '${mode}'`);
  }
  const k = mode === 'complete' ? rows : Math.min(rows, columns);
  const results = [
    [[...batchOf(x), rows, k], x.dtype],
    [[...batchOf(x), k, columns], x.dtype],
  ] as const;
  return scope(() => {
    const rule = mode === 'r' ? withoutQ : qrRule;
    const [Q, R] = factorize('qr', algorithm, [x], results, rule) as [Tensor, Tensor];
    return { Q: mode === 'r' ? empty([0], { dtype: x.dtype, backend: x.backend }) : Q, R };
  });
}

const withoutQ: GradientRule = withoutGradient("qr with mode 'r'", "mode 'reduced' has one");

const qrRule: GradientRule = {
  saves: { outputs: [0, 1] },
  backward: ({ output }, [gQ, gR]) => [() => qrGradient(output(0), output(1), gQ ?? null, gR ?? null)],
};

/**
 * For m >= n, (gQ + Q S) R^-T, where S is triu(gR R^T - Q^T gQ) made symmetric. For m < n the first m columns x1 = Q R1 are
 * decomposed, and the others are R2 = Q^T x2. (Roberts & Roberts 2020, arXiv:2009.10071.)
 */
function qrGradient(Q: Tensor, R: Tensor, gQ: Tensor | null, gR: Tensor | null): Tensor {
  const [k, columns] = R.shape.slice(-2) as [number, number];
  const rows = Q.shape[Q.ndim - 2] as number;
  if (k > columns) {
    throw new AutogradError(
      `qr: no gradient for mode 'complete' of ${rows} rows and ${columns} columns; use 'reduced'`,
    );
  }
  if (k === columns) return squareGradient(Q, R, gQ, gR);
  const [head, tail] = [narrow(R, -1, 0, k), narrow(R, -1, k, columns - k)];
  if (!gR) return cat([squareGradient(Q, head, gQ, null), mul(matmul(Q, tail), 0)], Q.ndim - 1);
  const [gHead, gTail] = [narrow(gR, -1, 0, k), narrow(gR, -1, k, columns - k)];
  const ofTail = matmul(matmul(Q, tail), mT(gTail));
  return cat([squareGradient(Q, head, gQ ? add(gQ, ofTail) : ofTail, gHead), matmul(Q, gTail)], Q.ndim - 1);
}

/** For R [n, n]. */
function squareGradient(Q: Tensor, R: Tensor, gQ: Tensor | null, gR: Tensor | null): Tensor {
  const fromR = gR && matmul(gR, mT(R));
  const fromQ = gQ && matmul(mT(Q), gQ);
  const inner = fromR && fromQ ? sub(fromR, fromQ) : (fromR ?? mul(fromQ as Tensor, -1));
  const upper = triu(inner);
  const symmetric = add(upper, mT(triu(inner, { diagonal: 1 })));
  const product = matmul(Q, symmetric);
  return solveTriangular(mT(R), gQ ? add(gQ, product) : product, { upper: false, left: false });
}
