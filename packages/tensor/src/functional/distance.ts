import { type Expression, expressions as e } from '@gradus/backend';
import { formatShape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { detach } from '../ops/conversion.ts';
import { indexSelect } from '../ops/gather.ts';
import { broadcastTensors } from '../ops/joining.ts';
import { select, unsqueeze } from '../ops/movement.ts';
import { norm } from '../ops/norm.ts';
import { type Binary, binary, type Operand, type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import { div, mul, sub } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { triuIndices } from '../triangle-indices.ts';

/**
 * Distances and angles between vectors.
 *
 * @see https://pytorch.org/docs/stable/nn.functional.html#distance-functions
 */

/** sum(a b) / (|a| |b|) along `dim` (1 if left out); a norm below `eps` counts as that. a and b broadcast. */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  options: { readonly dim?: number; readonly eps?: number } = {},
): Tensor {
  const { dim = 1, eps = 1e-8 } = options;
  return scope(() => {
    const unit = (x: Tensor): Tensor => div(x, atLeast(norm(x, { dim, keepdim: true }), eps));
    const [x, y] = broadcastTensors(a, b) as [Tensor, Tensor];
    return sum(mul(unit(x), unit(y)), { dim });
  });
}

/** |a - b + eps|_p along the last axis. a and b broadcast. */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  options: { readonly p?: number; readonly eps?: number; readonly keepdim?: boolean } = {},
): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return scope(() => norm(shift(sub(a, b), eps), { p, dim: -1, keepdim }));
}

/** |a_i - b_j|_p for a [..., n, d] and b [..., m, d]: [..., n, m]. */
export function cdist(a: Tensor, b: Tensor, options: { readonly p?: number } = {}): Tensor {
  if (a.ndim < 2 || b.ndim < 2 || a.shape[a.ndim - 1] !== b.shape[b.ndim - 1]) {
    throw new ShapeError(
      `cdist: needs [..., n, d] and [..., m, d], got ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
    );
  }
  return scope(() => norm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), { p: options.p ?? 2, dim: -1 }));
}

/** |x_i - x_j|_p for the rows i < j of x [n, d], row by row: [n (n - 1) / 2]. */
export function pdist(x: Tensor, options: { readonly p?: number } = {}): Tensor {
  if (x.ndim !== 2) throw new ShapeError(`pdist: needs [n, d], got ${formatShape(x.shape)}`);
  const n = x.shape[0] as number;
  return scope(() => {
    const pairs = triuIndices(n, n, { offset: 1, backend: x.backend });
    const [first, second] = [0, 1].map((k) => indexSelect(x, 0, select(pairs, 0, k))) as [Tensor, Tensor];
    return norm(sub(first, second), { p: options.p ?? 2, dim: -1 });
  });
}

/** Integers become floats. */
const shift: Binary = binary('pairwiseDistance', (difference, eps) => e.add(difference, eps), { compute: 'float' });

/** max(x, limit) whose gradient is that of x, below the limit too. */
function atLeast(x: Tensor, limit: number): Tensor {
  return raise(x, detach(x), limit);
}

const raise: Pointwise<Tensor, [frozen: Operand, limit: Operand]> = pointwise(
  'atLeast',
  (x: Expression, frozen: Expression, limit: Expression) => e.add(x, e.sub(e.max(frozen, limit), frozen)),
);
