import { svd as algorithm, svdvals as valuesOnly } from '@gradus/backend/linalg';
import { factorize } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { batchOf, matrixSize } from './matrices.ts';
import { svdGradient } from './svd-gradient.ts';
import { noRule } from './without-gradient.ts';

/**
 * Matrices [..., m, n] as U diag(S) Vh: orthonormal columns in U, singular values S [..., min(m, n)] in descending order, and
 * orthonormal rows in Vh. U is [..., m, m] and Vh [..., n, n], or have only min(m, n) vectors without `fullMatrices`. Vectors are
 * unique up to their sign. NaN where the input isn't finite. Gradients through U and Vh need distinct singular values other than 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.svd.html
 */
export function svd(
  x: Tensor,
  options: { readonly fullMatrices?: boolean } = {},
): { readonly U: Tensor; readonly S: Tensor; readonly Vh: Tensor } {
  const { fullMatrices = true } = options;
  const [rows, columns] = matrixSize('svd', x);
  const [batch, k] = [batchOf(x), Math.min(rows, columns)];
  const results = [
    [[...batch, rows, fullMatrices ? rows : k], x.dtype],
    [[...batch, k], x.dtype],
    [[...batch, fullMatrices ? columns : k, columns], x.dtype],
  ] as const;
  const [U, S, Vh] = factorize('svd', algorithm, [x], results, svdRule) as [Tensor, Tensor, Tensor];
  return { U, S, Vh };
}

/**
 * The singular values alone.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.svdvals.html
 */
export function svdvals(x: Tensor): Tensor {
  const [rows, columns] = matrixSize('svdvals', x);
  // The gradient reads the singular vectors.
  if (recorder?.wants([x])) return scope(() => svd(x, { fullMatrices: false }).S);
  const results = [[[...batchOf(x), Math.min(rows, columns)], x.dtype]] as const;
  return factorize('svdvals', valuesOnly, [x], results, noRule)[0] as Tensor;
}

const svdRule: GradientRule = {
  saves: { outputs: [0, 1, 2] },
  backward: ({ output }, [gU, gS, gVh]) => [
    () => svdGradient({ U: output(0), S: output(1), Vh: output(2) }, { U: gU, S: gS, Vh: gVh }),
  ],
};
