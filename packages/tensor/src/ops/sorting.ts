import { ArgumentError, formatShape, normalizeAxis } from '@gradus/storage';
import { copy, gather, sort as launch } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { detach } from './conversion.ts';
import type { ValuesAndIndices } from './extrema.ts';
import { narrow } from './movement.ts';
import { stableOrder, takeOne, viaVector } from './order.ts';

/**
 * Order along an axis (the last one, if `dim` is left out). NaN counts as the largest.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.sort.html
 */

interface SortOptions {
  readonly dim?: number;
  readonly descending?: boolean;
  /** Equal elements keep their order. */
  readonly stable?: boolean;
}

/** The elements in order, and where each came from. */
export function sort(x: Tensor, options: SortOptions = {}): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => sort(vector, options));
  const { dim = -1, descending = false, stable = false } = options;
  return launch(x, normalizeAxis('sort', dim, x.ndim), descending, stable);
}

/** Where the elements in order come from. */
export function argsort(x: Tensor, options: SortOptions = {}): Tensor {
  return scope(() => sort(detach(x), options).indices);
}

/** The k largest elements (the smallest for `largest: false`), in order, and where they stand. */
export function topk(
  x: Tensor,
  k: number,
  options: { readonly dim?: number; readonly largest?: boolean } = {},
): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => topk(vector, k, options));
  const { dim = -1, largest = true } = options;
  const axis = normalizeAxis('topk', dim, x.ndim);
  assertRank('topk', x, axis, k, 0);
  return scope(() => {
    const indices = copy('topk', narrow(stableOrder(x, axis, largest), axis, 0, k));
    return { values: gather(x, indices, axis), indices };
  });
}

/** The k-th smallest element (counted from 1), and where it stands. */
export function kthvalue(
  x: Tensor,
  k: number,
  options: { readonly dim?: number; readonly keepdim?: boolean } = {},
): ValuesAndIndices {
  if (x.ndim === 0) return viaVector(x, (vector) => kthvalue(vector, k, options));
  const { dim = -1, keepdim = false } = options;
  const axis = normalizeAxis('kthvalue', dim, x.ndim);
  assertRank('kthvalue', x, axis, k, 1);
  return scope(() => takeOne(x, axis, copy('kthvalue', narrow(stableOrder(x, axis), axis, k - 1, 1)), keepdim));
}

function assertRank(op: string, x: Tensor, axis: number, k: number, least: number): void {
  const count = x.shape[axis] as number;
  if (Number.isInteger(k) && k >= least && k <= count) return;
  throw new ArgumentError(
    `${op}: k must be from ${least} to ${count}, the size of axis ${axis} of ${formatShape(x.shape)}; got ${k}`,
  );
}
