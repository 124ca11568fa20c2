import { limitsOf } from '@gradus/storage';
import { scope } from '../memory.ts';
import { narrow, unsqueeze } from '../ops/movement.ts';
import { abs, gt, maximum, mul, type Operand, where } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import { Tensor } from '../tensor.ts';
import { eigvalsh } from './eigh.ts';
import { matrixSize } from './matrices.ts';
import { svdvals } from './svd.ts';

/** Below which singular values count as 0: the larger of `atol` and `rtol` times the largest of them. */
export interface RankTolerance {
  /** Default 0; a tensor holds one for each matrix of the batch. */
  readonly atol?: number | Tensor;
  /** Default max(m, n) times the dtype's epsilon, or 0 where `atol` is above 0. */
  readonly rtol?: number | Tensor;
}

/** The matrices are symmetric, which saves work; only the lower triangle is read. */
export interface Hermitian {
  readonly hermitian?: boolean;
}

/**
 * Ranks of matrices [..., m, n], as int32 [...]: how many singular values are above the tolerance.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.matrix_rank.html
 */
export function matrixRank(x: Tensor, options: RankTolerance & Hermitian = {}): Tensor {
  matrixSize('matrixRank', x);
  return scope(() => {
    const values = options.hermitian === true ? abs(eigvalsh(x)) : svdvals(x);
    return sum(gt(values, cutoff(x, values, options)), { dim: -1 });
  });
}

/**
 * The tolerance for the singular values of x, or for the magnitudes of its eigenvalues: sorted, so that the largest is the first or
 * the last. It broadcasts with them.
 */
export function cutoff(x: Tensor, values: Tensor, { atol, rtol }: RankTolerance): Tensor {
  const k = values.shape[values.ndim - 1] as number;
  const one = Math.min(k, 1);
  const largest = maximum(narrow(values, -1, 0, one), narrow(values, -1, k - one, one));
  const standard = Math.max(...x.shape.slice(-2)) * limitsOf(x.dtype).epsilon;
  return maximum(mul(largest, perMatrix(rtol ?? withoutRtol(atol, standard))), perMatrix(atol ?? 0));
}

/** A tolerance that is given as absolute isn't relative, too. */
function withoutRtol(atol: number | Tensor | undefined, standard: number): Operand {
  if (atol instanceof Tensor) return where(gt(atol, 0), 0, standard);
  return atol !== undefined && atol > 0 ? 0 : standard;
}

function perMatrix(tolerance: Operand): Operand {
  return tolerance instanceof Tensor ? unsqueeze(tolerance, -1) : tolerance;
}
