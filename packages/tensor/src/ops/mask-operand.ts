import { DTypeError } from '@gradus/storage';
import { copy, scan } from '../launch/index.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelect } from './gather.ts';
import { reshape } from './movement.ts';
import { clampMin, sub } from './pointwise/index.ts';

/** What the ops that write by masks share. */

export function assertMask(op: string, mask: Tensor): void {
  if (mask.dtype !== 'bool')
    throw new DTypeError(`${op}: the mask must be bool, not ${mask.dtype}; compare it, as in x.gt(0)`);
}

/**
 * Of a list of rows, the k-th for the k-th true place of the mask, and any row at the others: [...mask, ...row].
 */
export function takeInOrder(mask: Tensor, rows: Tensor): Tensor {
  const [ordinal] = scan('sum', reshape(copy('mask', mask, 'int32'), [-1]), 0) as [Tensor];
  const row = rows.shape.slice(1);
  const taken = indexSelect(rows, 0, clampMin(sub(ordinal, 1), 0));
  return reshape(taken, [...mask.shape, ...row]);
}
