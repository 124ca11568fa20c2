import { eigh as algorithm, eigvalsh as valuesOnly } from '@gradus/backend/linalg';
import { factorize } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { unsqueeze } from '../ops/movement.ts';
import { add, div, mul, sub } from '../ops/pointwise/index.ts';
import { diagEmbed } from '../ops/rearrange.ts';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { batchOf, identityLike, mT, squareSize } from './matrices.ts';
import { noRule } from './without-gradient.ts';

interface Triangle {
  /** The triangle that is read, 'L' (default) or 'U'. */
  readonly uplo?: 'L' | 'U';
}

/**
 * Eigenvalues [..., n] of symmetric matrices [..., n, n] in ascending order, and orthonormal eigenvectors in the columns of
 * [..., n, n], each up to its sign. NaN where the input isn't finite. Gradients through eigenvectors need distinct eigenvalues.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.eigh.html
 */
export function eigh(
  x: Tensor,
  options: Triangle = {},
): { readonly eigenvalues: Tensor; readonly eigenvectors: Tensor } {
  const n = squareSize('eigh', x);
  const results = [
    [[...batchOf(x), n], x.dtype],
    [x.shape, x.dtype],
  ] as const;
  return scope(() => {
    const [eigenvalues, eigenvectors] = factorize('eigh', algorithm, [triangle(x, options)], results, eighRule);
    return { eigenvalues: eigenvalues as Tensor, eigenvectors: eigenvectors as Tensor };
  });
}

/**
 * The eigenvalues alone.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.eigvalsh.html
 */
export function eigvalsh(x: Tensor, options: Triangle = {}): Tensor {
  const n = squareSize('eigvalsh', x);
  return scope(() => {
    // The gradient reads the eigenvectors.
    if (recorder?.wants([x])) return eigh(x, options).eigenvalues;
    const results = [[[...batchOf(x), n], x.dtype]] as const;
    return factorize('eigvalsh', valuesOnly, [triangle(x, options)], results, noRule)[0] as Tensor;
  });
}

/** The algorithm reads lower triangles. */
function triangle(x: Tensor, { uplo = 'L' }: Triangle): Tensor {
  return uplo === 'U' ? mT(x) : x;
}

/** V (diag(gvalues) + S / E) V^T, S the skew part of V^T gV and E the differences of eigenvalues. (Giles 2008, section 3.1.) */
const eighRule: GradientRule = {
  saves: { outputs: [0, 1] },
  backward: ({ output }, [gValues, gVectors]) => [
    () => {
      const V = output(1);
      if (!gVectors) return matmul(mul(V, unsqueeze(gValues as Tensor, -2)), mT(V));
      const skewed = div(skew(matmul(mT(V), gVectors)), differences(output(0)));
      const inner = gValues ? add(skewed, diagEmbed(gValues)) : skewed;
      return matmul(V, matmul(inner, mT(V)));
    },
  ],
};

function skew(x: Tensor): Tensor {
  return mul(sub(x, mT(x)), 0.5);
}

/** x_j - x_i in row i and column j, and 1 on the diagonal, which divides zeros. */
function differences(x: Tensor): Tensor {
  return add(sub(unsqueeze(x, -2), unsqueeze(x, -1)), identityLike(x, x.shape[x.ndim - 1] as number));
}
