import { withRule } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { unsqueeze } from '../ops/movement.ts';
import { abs, add, gt, mul, reciprocal, sub, where } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { eigh } from './eigh.ts';
import { matrixSize, mT } from './matrices.ts';
import { cutoff, type Hermitian, type RankTolerance } from './rank.ts';
import { svd } from './svd.ts';

/**
 * Pseudoinverses [..., n, m] of matrices [..., m, n] (Moore and Penrose), from their singular value decompositions: singular values
 * below the tolerance count as 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.pinv.html
 */
export function pinv(x: Tensor, options: RankTolerance & Hermitian = {}): Tensor {
  matrixSize('pinv', x);
  return scope(() => {
    return withRule('pinv', [x], pinvRule, () => [
      options.hermitian === true ? byEigenvalues(x, options) : bySingularValues(x, options),
    ])[0] as Tensor;
  });
}

function bySingularValues(x: Tensor, options: RankTolerance): Tensor {
  const { U, S, Vh } = svd(x, { fullMatrices: false });
  const inverse = where(gt(S, cutoff(x, S, options)), reciprocal(S), 0);
  return matmul(mul(mT(Vh), unsqueeze(inverse, -2)), mT(U));
}

function byEigenvalues(x: Tensor, options: RankTolerance): Tensor {
  const { eigenvalues, eigenvectors } = eigh(x);
  const sizes = abs(eigenvalues);
  const inverse = where(gt(sizes, cutoff(x, sizes, options)), reciprocal(eigenvalues), 0);
  return matmul(mul(eigenvectors, unsqueeze(inverse, -2)), mT(eigenvectors));
}

/** (I - x P) g^T P P^T + P^T P g^T (I - P x) - P^T g P^T, of P = pinv(x), for a constant rank. (Golub & Pereyra 1973.) */
const pinvRule: GradientRule = {
  saves: { inputs: [0], outputs: [0] },
  backward: ({ input, output }, [g]) => [
    g
      ? () => {
          const [x, P] = [input(0), output(0)];
          const [right, left] = [matmul(mT(g), matmul(P, mT(P))), matmul(matmul(mT(P), P), mT(g))];
          const outside = add(sub(right, matmul(x, matmul(P, right))), sub(left, matmul(left, matmul(P, x))));
          return sub(outside, matmul(mT(P), matmul(g, mT(P))));
        }
      : null,
  ],
};
