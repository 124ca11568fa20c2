import { solveLower, solveUnitLower, solveUnitUpper, solveUpper } from '@gradus/backend/linalg';
import { formatShape, ShapeError } from '@gradus/storage';
import { factorize } from '../launch/custom.ts';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { GradientRule } from '../operation.ts';
import { matmul } from '../ops/matmul.ts';
import { neg } from '../ops/pointwise/index.ts';
import { tril, triu } from '../ops/triangle.ts';
import type { Tensor } from '../tensor.ts';
import { alignBatches, mT, squareSize } from './matrices.ts';

interface TriangularOptions {
  /** Which triangle of A is read. */
  readonly upper: boolean;
  /** Solve A x = b (default), or x A = b. */
  readonly left?: boolean;
  /** Take the diagonal of A for ones, without reading it. */
  readonly unitriangular?: boolean;
}

/**
 * x of A x = b for triangular A [..., n, n] and b [..., n, k]; batch axes broadcast. A zero on the diagonal gives infinities or
 * NaN.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.solve_triangular.html
 */
export function solveTriangular(A: Tensor, b: Tensor, options: TriangularOptions): Tensor {
  const { upper, left = true, unitriangular = false } = options;
  const n = squareSize('solveTriangular', A);
  if (b.ndim < 2 || b.shape[b.ndim - (left ? 2 : 1)] !== n) {
    const [first, second] = left ? [A, b] : [b, A];
    throw new ShapeError(
      `solveTriangular: sizes differ, ${formatShape(first.shape)} x ${formatShape(second.shape)} with left: ${left}`,
    );
  }
  return scope(() => {
    const [matrix, right] = alignBatches('solveTriangular', A, b);
    if (left) return substitute(matrix, right, upper, unitriangular);
    return mT(substitute(mT(matrix), mT(right), !upper, unitriangular));
  });
}

function substitute(A: Tensor, b: Tensor, upper: boolean, unit: boolean): Tensor {
  const [algorithm, rule] = forms[`${upper},${unit}`];
  return factorize('solveTriangular', algorithm, [A, b], [[b.shape, b.dtype]], rule)[0] as Tensor;
}

const forms = {
  'false,false': [solveLower, ruleFor(false, false)],
  'false,true': [solveUnitLower, ruleFor(false, true)],
  'true,false': [solveUpper, ruleFor(true, false)],
  'true,true': [solveUnitUpper, ruleFor(true, true)],
} as const;

/** A^-T g for b, and minus its outer product with x, as far as A is read. */
function ruleFor(upper: boolean, unit: boolean): GradientRule {
  return {
    saves: { inputs: [0], outputs: [0] },
    backward({ input, output }, [g]) {
      if (!g) return [];
      const ofRight = (): Tensor => substitute(mT(input(0)), g, !upper, unit);
      const ofMatrix = (): Tensor => {
        const full = neg(matmul(ofRight(), mT(output(0))));
        const edge = Number(unit);
        return upper ? triu(full, { diagonal: edge }) : tril(full, { diagonal: -edge });
      };
      return [ofMatrix, ofRight];
    },
  };
}

interface OldOptions {
  /** Whether A is upper triangular; default true. */
  readonly upper?: boolean;
  /** Solve A^T x = b. */
  readonly transpose?: boolean;
  readonly unitriangular?: boolean;
}

/**
 * The older form of `solveTriangular`: b first, and a copy of A as the second result.
 *
 * @see https://pytorch.org/docs/1.13/generated/torch.triangular_solve.html
 */
export function triangularSolve(
  b: Tensor,
  A: Tensor,
  options: OldOptions = {},
): { readonly solution: Tensor; readonly clonedCoefficient: Tensor } {
  const { upper = true, transpose = false, unitriangular = false } = options;
  squareSize('triangularSolve', A);
  return scope(() => {
    const [matrix, right] = alignBatches('triangularSolve', A, b);
    const solution = solveTriangular(transpose ? mT(matrix) : matrix, right, {
      upper: upper !== transpose,
      unitriangular,
    });
    return { solution, clonedCoefficient: copy('triangularSolve', matrix) };
  });
}
