import { ldl, ldlSolve as solver } from '@gradus/backend/linalg';
import { formatShape, ShapeError } from '@gradus/storage';
import { factorize } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { assertSuccess } from './errors.ts';
import { alignBatches, batchOf, squareSize, withBatch } from './matrices.ts';
import { withoutGradient } from './without-gradient.ts';

/** L (without its unit diagonal) and D in one lower triangle, and LAPACK's pivots (int32), negative for blocks of two rows. */
interface LdlFactors {
  readonly LD: Tensor;
  readonly pivots: Tensor;
}

/**
 * The LDL^T factors of symmetric matrices [..., n, n], of which the lower triangle is read: unlike Cholesky's they exist for
 * indefinite matrices. Throws a LinalgError for a singular one, where the backend reads without waiting. No gradient; `solve` has.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.ldl_factor.html
 */
export function ldlFactor(x: Tensor): LdlFactors {
  const { info, ...factors } = ldlFactorEx(x, { checkErrors: true });
  info.dispose();
  return factors;
}

/**
 * The LDL^T factors, and `info` [...] (int32): 0, or the number, from 1, of the first block of D that is 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.ldl_factor_ex.html
 */
export function ldlFactorEx(
  x: Tensor,
  options: { readonly checkErrors?: boolean } = {},
): LdlFactors & { readonly info: Tensor } {
  const n = squareSize('ldlFactor', x);
  const results = [
    [x.shape, x.dtype],
    [[...batchOf(x), n], 'int32'],
    [batchOf(x), 'int32'],
  ] as const;
  return scope(() => {
    const outputs = factorize('ldlFactor', ldl, [x], results, withoutGradient('ldlFactor', 'solve has one'));
    const [LD, pivots, info] = outputs as [Tensor, Tensor, Tensor];
    if (options.checkErrors === true) {
      assertSuccess(
        info,
        (at, which) => `ldlFactor: ${which} is singular, D[${at}, ${at}] is 0; ldlFactorEx factorizes it`,
      );
    }
    return { LD, pivots, info };
  });
}

/**
 * x of A x = b from `ldlFactor`'s result for A [..., n, n] and b [..., n, k]; batch axes broadcast.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.ldl_solve.html
 */
export function ldlSolve(LD: Tensor, pivots: Tensor, b: Tensor): Tensor {
  const n = squareSize('ldlSolve', LD);
  if (pivots.shape[pivots.ndim - 1] !== n || b.ndim < 2 || b.shape[b.ndim - 2] !== n) {
    const shapes = [LD, pivots, b].map(({ shape }) => formatShape(shape)).join(', ');
    throw new ShapeError(`ldlSolve: needs LD [..., n, n], pivots [..., n] and b [..., n, k], got ${shapes}`);
  }
  return scope(() => {
    const [factors, right] = alignBatches('ldlSolve', LD, b);
    const inputs = [factors, withBatch(pivots, batchOf(factors), 1), right];
    const rule = withoutGradient('ldlSolve', 'solve has one');
    return factorize('ldlSolve', solver, inputs, [[right.shape, right.dtype]], rule)[0] as Tensor;
  });
}
