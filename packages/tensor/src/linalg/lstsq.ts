import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { empty } from '../creation.ts';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import { squeeze, unsqueeze } from '../ops/movement.ts';
import { square, sub } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { isVectorFor, matrixSize } from './matrices.ts';
import { pinv } from './pinv.ts';
import { matrixRank } from './rank.ts';
import { svdvals } from './svd.ts';

interface LstsqOptions {
  /** Singular values below it times the largest count as 0. Default max(m, n) times the dtype's epsilon. */
  readonly rcond?: number;
  /**
   * LAPACK's routine whose results are given. Default 'gelsy'. All solutions are computed by singular values; 'gels' takes full
   * rank for granted and gives no rank, only 'gelsd' and 'gelss' give singular values, and 'gelsy' gives no residuals.
   */
  readonly driver?: 'gels' | 'gelsy' | 'gelsd' | 'gelss';
}

interface LeastSquares {
  /** [..., n, k]: the shortest x that minimises |A x - b|. */
  readonly solution: Tensor;
  /** [..., k]: the squared |A x - b| where m > n; else empty, [0]. PyTorch leaves it empty for rank-deficient A, too. */
  readonly residuals: Tensor;
  /** [...], int32; or empty, [0]. */
  readonly rank: Tensor;
  /** [..., min(m, n)]; or empty, [0]. */
  readonly singularValues: Tensor;
}

/**
 * Least squares: x of min |A x - b| for A [..., m, n] and b [..., m, k], or vectors [..., m].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.lstsq.html
 */
export function lstsq(A: Tensor, b: Tensor, options: LstsqOptions = {}): LeastSquares {
  const [rows, columns] = matrixSize('lstsq', A);
  const { rcond, driver = 'gelsy' } = options;
  if (!['gels', 'gelsy', 'gelsd', 'gelss'].includes(driver)) {
    throw new ArgumentError(`lstsq: driver must be 'gels', 'gelsy', 'gelsd' or 'gelss', got '${driver}'`);
  }
  const isVector = isVectorFor(A, b);
  if (b.shape[b.ndim - (isVector ? 1 : 2)] !== rows) {
    throw new ShapeError(`lstsq: numbers of rows differ, ${formatShape(A.shape)} and ${formatShape(b.shape)}`);
  }
  const tolerance = rcond === undefined ? {} : { rtol: rcond };
  const none = (dtype = A.dtype): Tensor => empty([0], { dtype, backend: A.backend });
  const hasValues = driver === 'gelsd' || driver === 'gelss';
  return scope(() => {
    const right = isVector ? unsqueeze(b, -1) : b;
    const solution = matmul(pinv(A, driver === 'gels' ? {} : tolerance), right);
    const residuals = (): Tensor => {
      const squares = sum(square(sub(matmul(A, solution), right)), { dim: -2 });
      return isVector ? squeeze(squares, -1) : squares;
    };
    return {
      solution: isVector ? squeeze(solution, -1) : solution,
      residuals: rows > columns && driver !== 'gelsy' ? residuals() : none(),
      rank: driver === 'gels' ? none('int32') : matrixRank(A, tolerance),
      singularValues: hasValues ? svdvals(A) : none(),
    };
  });
}
