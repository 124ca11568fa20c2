import { formatShape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { clamp } from '../ops/clamp.ts';
import { matmul } from '../ops/matmul.ts';
import { diagonal, reshape, squeeze, unsqueeze } from '../ops/movement.ts';
import { clampMin, div, mul, sqrt, sub } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';

interface CovarianceOptions {
  /** The divisor is the (weighted) number of observations minus this. Default 1. */
  readonly correction?: number;
  /** How often each observation counts: integers. */
  readonly fweights?: Tensor;
  /** How much each observation weighs. */
  readonly aweights?: Tensor;
}

/**
 * Covariance matrix of variables (rows) over observations (columns); 0-d for a single variable.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.cov.html
 */
export function cov(x: Tensor, options: CovarianceOptions = {}): Tensor {
  if (x.ndim > 2)
    throw new ShapeError(`cov: needs a matrix of variables and observations, got ${formatShape(x.shape)}`);
  const { correction = 1, fweights, aweights } = options;
  return scope(() => {
    const rows = x.ndim < 2 ? reshape(x, [1, -1]) : x;
    const weights = fweights && aweights ? mul(fweights, aweights) : (fweights ?? aweights);
    const weighted = (values: Tensor): Tensor => (weights === undefined ? values : mul(values, weights));
    const total = weights === undefined ? (rows.shape[1] as number) : sum(weights);
    const deviations = sub(rows, unsqueeze(div(sum(weighted(rows), { dim: 1 }), total), 1));
    const products = matmul(weighted(deviations), deviations.mT);
    return squeeze(div(products, divisor(total, weights, aweights, correction)));
  });
}

/** Degrees of freedom, not below 0. */
function divisor(
  total: number | Tensor,
  weights: Tensor | undefined,
  aweights: Tensor | undefined,
  correction: number,
): number | Tensor {
  if (typeof total === 'number') return Math.max(total - correction, 0);
  if (weights === undefined || aweights === undefined || correction === 0) return clampMin(sub(total, correction), 0);
  const lost = div(mul(sum(mul(weights, aweights)), correction), total);
  return clampMin(sub(total, lost), 0);
}

/**
 * Correlation coefficients of variables (rows) over observations (columns), limited to [-1, 1].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.corrcoef.html
 */
export function corrcoef(x: Tensor): Tensor {
  return scope(() => {
    const covariance = cov(x);
    if (covariance.ndim === 0) return div(covariance, covariance);
    const deviation = sqrt(diagonal(covariance));
    return clamp(div(div(covariance, unsqueeze(deviation, 1)), deviation), { min: -1, max: 1 });
  });
}
