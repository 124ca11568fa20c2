import { cholesky as algorithm } from '@gradus/backend/linalg';
import { factorize, withRule } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { add, mul, neg } from '../ops/pointwise/index.ts';
import { tril } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { assertSuccess } from './errors.ts';
import { alignBatches, batchOf, identityLike, mT, squareSize } from './matrices.ts';
import { solveTriangular } from './triangular.ts';

interface Upper {
  /** Read the upper triangle and give L^T, or take that. */
  readonly upper?: boolean;
}

/**
 * L of x = L L^T for symmetric positive definite matrices [..., n, n], of which one triangle is read. Throws a LinalgError for a
 * matrix that isn't positive definite, where the backend reads without waiting; elsewhere L is NaN.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.cholesky.html
 */
export function cholesky(x: Tensor, options: Upper = {}): Tensor {
  return choleskyEx(x, { ...options, checkErrors: true }).L;
}

/**
 * L, and `info` [...] (int32): 0, or the order of the first leading minor that isn't positive; L is NaN then.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.cholesky_ex.html
 */
export function choleskyEx(
  x: Tensor,
  options: Upper & { readonly checkErrors?: boolean } = {},
): { readonly L: Tensor; readonly info: Tensor } {
  squareSize('cholesky', x);
  const { upper = false, checkErrors = false } = options;
  return scope(() => {
    const results = [
      [x.shape, x.dtype],
      [batchOf(x), 'int32'],
    ] as const;
    const [L, info] = factorize('cholesky', algorithm, [upper ? mT(x) : x], results, choleskyRule) as [Tensor, Tensor];
    if (checkErrors) {
      assertSuccess(info, (order, which) => {
        return `cholesky: ${which} is not positive definite (its leading minor of order ${order} is not positive)`;
      });
    }
    return { L: upper ? mT(L) : L, info };
  });
}

/** L^-T S L^-1, where S is the lower triangle of L^T g, halved and made symmetric. (Murray 2016, arXiv:1602.07527.) */
const choleskyRule: GradientRule = {
  saves: { outputs: [0] },
  backward: ({ output }, [g]) => [
    g
      ? () => {
          const L = output(0);
          const product = matmul(mT(L), g);
          const symmetric = mul(add(tril(product), mT(tril(product, { diagonal: -1 }))), 0.5);
          const left = solveTriangular(mT(L), symmetric, { upper: true });
          return solveTriangular(L, left, { upper: false, left: false });
        }
      : null,
  ],
};

/**
 * x of (L L^T) x = b from the Cholesky factor L [..., n, n], for b [..., n, k]; batch axes broadcast.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cholesky_solve.html
 */
export function choleskySolve(b: Tensor, L: Tensor, options: Upper = {}): Tensor {
  squareSize('choleskySolve', L);
  const { upper = false } = options;
  return scope(() => {
    const [factor, right] = alignBatches('choleskySolve', L, b);
    return withRule('choleskySolve', [right, factor], upper ? upperRule : lowerRule, () => {
      const [first, second] = upper ? [mT(factor), factor] : [factor, mT(factor)];
      return [solveTriangular(second, solveTriangular(first, right, { upper: false }), { upper: true })];
    })[0] as Tensor;
  });
}

const [lowerRule, upperRule] = [solveRule(false), solveRule(true)];

/** As PyTorch has it: the gradient of the factor is that of a full matrix, both of whose triangles count. */
function solveRule(upper: boolean): GradientRule {
  return {
    saves: { inputs: [1], outputs: [0] },
    backward({ input, output }, [g]) {
      if (!g) return [];
      const solved = (): Tensor => choleskySolve(g, input(1), { upper });
      const ofFactor = (): Tensor => {
        const product = matmul(solved(), mT(output(0)));
        const both = neg(add(product, mT(product)));
        return upper ? matmul(input(1), both) : matmul(both, input(1));
      };
      return [solved, ofFactor];
    },
  };
}

/**
 * (L L^T)^-1 from the Cholesky factor L [..., n, n].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cholesky_inverse.html
 */
export function choleskyInverse(L: Tensor, options: Upper = {}): Tensor {
  const n = squareSize('choleskyInverse', L);
  return scope(() => choleskySolve(identityLike(L, n), L, options));
}
