import { slice } from '@gradus/storage';
import { recorder } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { alias } from './allocate.ts';
import { transform } from './transform.ts';

/**
 * The adjoint of `cat`: x taken apart along an axis into parts of the given sizes, which share its memory. Their gradients
 * are put together by one `cat`, where each of many views would add its own to zeros. The parts are not tracked as views:
 * for ops that only read them.
 */
export function split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
  if (transform?.takes([x])) return transform.split(x, sizes, axis);
  let start = 0;
  const parts = sizes.map((size) => {
    const part = alias(x, slice(x.layout, axis, start, size, 1));
    start += size;
    return part;
  });
  if (recorder?.wants([x])) recorder.record({ kind: 'split', axis, sizes }, [x], parts);
  return parts;
}
