import { gather, sort } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { detach } from './conversion.ts';
import type { ValuesAndIndices } from './extrema.ts';
import { reshape } from './movement.ts';

/** What the ops that look for elements by their rank share: they sort without history and take by index, with it. */

/** Where the elements of the stable order come from, int32. */
export function stableOrder(x: Tensor, axis: number, descending = false): Tensor {
  return scope(() => sort(detach(x), axis, descending, true).indices);
}

/** The element that `indices` (of size 1 along the axis) names on each line. */
export function takeOne(x: Tensor, axis: number, indices: Tensor, keepdim: boolean): ValuesAndIndices {
  const values = gather(x, indices, axis);
  if (keepdim) return { values, indices };
  const shape = x.shape.toSpliced(axis, 1);
  return { values: reshape(values, shape), indices: reshape(indices, shape) };
}

/** An op along an axis, of a scalar: kernels that go along an axis need one. */
export function viaVector(x: Tensor, op: (vector: Tensor) => ValuesAndIndices): ValuesAndIndices {
  return scope(() => {
    const { values, indices } = op(reshape(x, [1]));
    return { values: reshape(values, []), indices: reshape(indices, []) };
  });
}
