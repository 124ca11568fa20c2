import { rowOrder } from '@gradus/backend/linalg';
import { factorize } from '../launch/custom.ts';
import { gather } from '../launch/index.ts';
import { expand, unsqueeze } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { batchOf, withBatch } from './matrices.ts';
import { noRule } from './without-gradient.ts';

/** What `permuteRows` takes to make P^T x (order) and P x (inverse), from an LU factorization's pivots. */
export function orderOf(pivots: Tensor, rows: number): { readonly order: Tensor; readonly inverse: Tensor } {
  const shape = [...batchOf(pivots, 1), rows];
  const results = [
    [shape, 'int32'],
    [shape, 'int32'],
  ] as const;
  const [order, inverse] = factorize('rowOrder', rowOrder, [pivots], results, noRule);
  return { order: order as Tensor, inverse: inverse as Tensor };
}

/** Row i of the result is row order[..., i] of x. */
export function permuteRows(x: Tensor, order: Tensor): Tensor {
  const index = unsqueeze(order, -1);
  const shape = [...order.shape, x.shape[x.ndim - 1] as number];
  return gather(withBatch(x, batchOf(index)), expand(index, shape), shape.length - 2);
}
