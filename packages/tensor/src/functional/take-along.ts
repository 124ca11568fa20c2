import { fromValues } from '../creation.ts';
import { gather } from '../launch/index.ts';
import { expand, reshape } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';

/** x at given (host) indices along an axis. */
export function takeAlong(x: Tensor, positions: Int32Array, axis: number): Tensor {
  const index = fromValues(positions, [positions.length], { dtype: 'int32', backend: x.backend });
  const lined = reshape(
    index,
    x.shape.map((_, i) => (i === axis ? positions.length : 1)),
  );
  return gather(
    x,
    expand(
      lined,
      x.shape.map((n, i) => (i === axis ? positions.length : n)),
    ),
    axis,
  );
}
