import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { withRule } from '../launch/custom.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { squeeze, unsqueeze } from '../ops/movement.ts';
import { neg } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { assertSuccess } from './errors.ts';
import { luFactorEx, luSolve } from './lu.ts';
import { alignBatches, identityLike, isVectorFor, mT, squareSize } from './matrices.ts';

interface SolveOptions {
  /** Solve A x = b (default), or x A = b. */
  readonly left?: boolean;
}

interface Checked {
  /** Throw for a singular matrix, where the backend reads without waiting. */
  readonly checkErrors?: boolean;
}

/**
 * x of A x = b for A [..., n, n] and b [..., n, k], a vector [n], or vectors [..., n] of A's own batch; batch axes broadcast.
 * Throws a LinalgError for a singular A, where the backend reads without waiting; elsewhere x holds infinities or NaN.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.solve.html
 */
export function solve(A: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
  const { result, info } = solveEx(A, b, { ...options, checkErrors: true });
  info.dispose();
  return result;
}

/**
 * The solution, and `info` [...] (int32): 0, or the number, from 1, of the first pivot of A that is 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.solve_ex.html
 */
export function solveEx(
  A: Tensor,
  b: Tensor,
  options: SolveOptions & Checked = {},
): { readonly result: Tensor; readonly info: Tensor } {
  const n = squareSize('solve', A);
  const { left = true, checkErrors = false } = options;
  const isVector = isVectorFor(A, b);
  if (isVector && !left) throw new ArgumentError('solve: left: false needs a matrix b; unsqueeze it to one row');
  if (!isVector && b.shape[b.ndim - (left ? 2 : 1)] !== n) {
    const [first, second] = left ? [A, b] : [b, A];
    throw new ShapeError(`solve: sizes differ, ${formatShape(first.shape)} x ${formatShape(second.shape)}`);
  }
  return scope(() => {
    const columns = isVector ? unsqueeze(b, -1) : left ? b : mT(b);
    const { x, info } = solveColumns('solve', left ? A : mT(A), columns, checkErrors);
    return { result: isVector ? squeeze(x, -1) : left ? x : mT(x), info };
  });
}

/** A^-1 b by an LU factorization, which the gradient uses again. */
function solveColumns(
  op: string,
  A: Tensor,
  b: Tensor,
  checkErrors: boolean,
): { readonly x: Tensor; readonly info: Tensor } {
  const outputs = withRule(op, alignBatches(op, A, b), solveRule, () => {
    const { LU, pivots, info } = luFactorEx(A);
    if (checkErrors)
      assertSuccess(info, (at, which) => `${op}: ${which} is singular (pivot ${at} is 0); pinv needs no inverse`);
    return [luSolve(LU, pivots, b), LU, pivots, info];
  });
  return { x: outputs[0] as Tensor, info: outputs[3] as Tensor };
}

/** gb = A^-T g, and gA = -gb x^T. */
const solveRule: GradientRule = {
  saves: { inputs: [0], outputs: [0, 1, 2] },
  backward({ createGraph, input, output }, [g]) {
    if (!g) return [];
    let solved: Tensor | null = null;
    const ofRight = (): Tensor => {
      // Recorded, it has to be a function of A; the factors are outputs of this very operation.
      solved ??= createGraph
        ? solveColumns('solve', mT(input(0)), g, false).x
        : luSolve(output(1), output(2), g, { adjoint: true });
      return solved;
    };
    return [() => neg(matmul(ofRight(), mT(output(0)))), ofRight];
  },
};

/**
 * Inverses of matrices [..., n, n]. Throws a LinalgError for a singular one, where the backend reads without waiting; elsewhere it
 * gets infinities or NaN. To multiply by an inverse, `solve` is faster and more exact.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.inv.html
 */
export function inv(A: Tensor): Tensor {
  const { inverse, info } = invEx(A, { checkErrors: true });
  info.dispose();
  return inverse;
}

/**
 * The inverse, and `info` [...] (int32): 0, or the number, from 1, of the first pivot of A that is 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.inv_ex.html
 */
export function invEx(A: Tensor, options: Checked = {}): { readonly inverse: Tensor; readonly info: Tensor } {
  const n = squareSize('inv', A);
  return scope(() => {
    const { x, info } = solveColumns('inv', A, identityLike(A, n), options.checkErrors ?? false);
    return { inverse: x, info };
  });
}
