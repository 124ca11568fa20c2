import type { Backend } from '@gradus/backend';
import { fromValues } from '../creation.ts';
import type { Tensor } from '../tensor.ts';

/** Indices that the host knows, as a vector on a backend. */
export function positions(backend: Backend, indices: ArrayLike<number>): Tensor {
  return fromValues(indices, [indices.length], { dtype: 'int32', backend });
}
