import { lu as pivoted, luUnpivoted as unpivoted } from '@gradus/backend/linalg';
import { DTypeError, formatShape, ShapeError } from '@gradus/storage';
import { empty } from '../creation.ts';
import { factorize } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { add } from '../ops/pointwise/index.ts';
import { tril, triu } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { assertSuccess } from './errors.ts';
import { luGradient } from './lu-gradient.ts';
import { alignBatches, batchOf, identityLike, leading, matrixSize, mT, squareSize, withBatch } from './matrices.ts';
import { orderOf, permuteRows } from './row-order.ts';
import { solveTriangular } from './triangular.ts';

interface Pivoting {
  /** Exchange rows, so that no element grows much. Default true; without it a zero on the way gives infinities. */
  readonly pivot?: boolean;
}

/** L (without its unit diagonal) and U in one matrix, and the row, from 1, that each step exchanged with its own (int32). */
export interface LuFactors {
  readonly LU: Tensor;
  readonly pivots: Tensor;
}

/**
 * The LU factors of matrices [..., m, n]; pivots are [..., min(m, n)]. Throws a LinalgError for a singular matrix, where the
 * backend reads without waiting.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.lu_factor.html
 */
export function luFactor(x: Tensor, options: Pivoting = {}): LuFactors {
  const { info, ...factors } = luFactorEx(x, { ...options, checkErrors: true });
  info.dispose();
  return factors;
}

/**
 * The LU factors, and `info` [...] (int32): 0, or the number, from 1, of the first zero on the diagonal of U.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.lu_factor_ex.html
 */
export function luFactorEx(
  x: Tensor,
  options: Pivoting & { readonly checkErrors?: boolean } = {},
): LuFactors & { readonly info: Tensor } {
  const [rows, columns] = matrixSize('luFactor', x);
  const { pivot = true, checkErrors = false } = options;
  const results = [
    [x.shape, x.dtype],
    [[...batchOf(x), Math.min(rows, columns)], 'int32'],
    [batchOf(x), 'int32'],
  ] as const;
  return scope(() => {
    const outputs = factorize('luFactor', pivot ? pivoted : unpivoted, [x], results, luRule);
    const [LU, pivots, info] = outputs as [Tensor, Tensor, Tensor];
    if (checkErrors) {
      assertSuccess(
        info,
        (at, which) => `luFactor: ${which} is singular, U[${at}, ${at}] is 0; luFactorEx factorizes it`,
      );
    }
    return { LU, pivots, info };
  });
}

const luRule: GradientRule = {
  saves: { outputs: [0, 1] },
  backward: ({ output }, [g]) => [g ? () => luGradient(g, output(0), output(1)) : null],
};

/**
 * P, L and U of x = P L U: [..., m, m], [..., m, k] and [..., k, n] for k = min(m, n). Without pivoting P is empty, [0].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.lu.html
 */
export function lu(x: Tensor, options: Pivoting = {}): { readonly P: Tensor; readonly L: Tensor; readonly U: Tensor } {
  const { pivot = true } = options;
  return scope(() => {
    const { LU, pivots } = luFactorEx(x, { pivot });
    return luUnpack(LU, pivots, { unpackPivots: pivot });
  });
}

/**
 * P, L and U of `luFactor`'s result. What isn't asked for is empty, [0].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.lu_unpack.html
 */
export function luUnpack(
  LU: Tensor,
  pivots: Tensor,
  options: { readonly unpackData?: boolean; readonly unpackPivots?: boolean } = {},
): { readonly P: Tensor; readonly L: Tensor; readonly U: Tensor } {
  const [rows, columns] = matrixSize('luUnpack', LU);
  const { unpackData = true, unpackPivots = true } = options;
  assertPivots('luUnpack', LU, pivots);
  const k = Math.min(rows, columns);
  const none = (): Tensor => empty([0], { dtype: LU.dtype, backend: LU.backend });
  return scope(() => ({
    P: unpackPivots ? permuteRows(identityLike(LU, rows), orderOf(pivots, rows).inverse) : none(),
    L: unpackData ? add(tril(leading(LU, rows, k), { diagonal: -1 }), identityLike(LU, rows, k)) : none(),
    U: unpackData ? triu(leading(LU, k, columns)) : none(),
  }));
}

/**
 * x of A x = b (or x A = b) from `luFactor`'s result for A [..., n, n] and b [..., n, k] (or [..., k, n]); batch axes broadcast.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.lu_solve.html
 */
export function luSolve(
  LU: Tensor,
  pivots: Tensor,
  b: Tensor,
  options: {
    /** Solve A x = b (default), or x A = b. */
    readonly left?: boolean;
    /** Solve with A^T. */
    readonly adjoint?: boolean;
  } = {},
): Tensor {
  const n = squareSize('luSolve', LU);
  const { left = true, adjoint = false } = options;
  assertPivots('luSolve', LU, pivots);
  if (b.ndim < 2 || b.shape[b.ndim - (left ? 2 : 1)] !== n) {
    throw new ShapeError(`luSolve: b must have ${n} ${left ? 'rows' : 'columns'}, got shape ${formatShape(b.shape)}`);
  }
  return scope(() => {
    if (!left) return mT(luSolve(LU, pivots, mT(b), { adjoint: !adjoint }));
    const [factors, right] = alignBatches('luSolve', LU, b);
    const { order, inverse } = orderOf(withBatch(pivots, batchOf(factors), 1), n);
    if (adjoint) {
      const middle = solveTriangular(mT(factors), right, { upper: false });
      return permuteRows(solveTriangular(mT(factors), middle, { upper: true, unitriangular: true }), inverse);
    }
    const middle = solveTriangular(factors, permuteRows(right, order), { upper: false, unitriangular: true });
    return solveTriangular(factors, middle, { upper: true });
  });
}

function assertPivots(op: string, LU: Tensor, pivots: Tensor): void {
  if (pivots.dtype !== 'int32') throw new DTypeError(`${op}: pivots must be int32, got ${pivots.dtype}`);
  const expected = [...batchOf(LU), Math.min(...LU.shape.slice(-2))];
  if (pivots.ndim === expected.length && pivots.shape.every((size, axis) => size === expected[axis])) return;
  throw new ShapeError(
    `${op}: pivots of ${formatShape(LU.shape)} must be ${formatShape(expected)}, got ${formatShape(pivots.shape)}`,
  );
}
