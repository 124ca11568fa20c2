import { expressions as e, input, type MapProgram, mapProgram, uniform } from '@gradus/backend';
import { broadcastShapes, type Shape, sizeOf } from '@gradus/storage';
import { allocate, gather, mapInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { readOnce, readOnceSync } from '../read-once.ts';
import type { Tensor } from '../tensor.ts';
import { truePositions } from './compaction.ts';
import { expand, reshape, select } from './movement.ts';
import { countNonzero } from './reduction.ts';

/**
 * Elements picked by a condition: how many there are is known only when the values are, so these ops wait for the
 * device. Their `Sync` twins don't, where the backend reads synchronously.
 */

/**
 * Indices of the elements that aren't 0, one per row: int32 [count, axes], in row-major order.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nonzero.html
 */
export async function nonzero(x: Tensor): Promise<Tensor> {
  return coordinatesOf(x, await readOnce(countNonzero(x)));
}

export function nonzeroSync(x: Tensor): Tensor {
  return coordinatesOf(x, readOnceSync(countNonzero(x)));
}

function coordinatesOf(x: Tensor, count: number): Tensor {
  return scope(() => {
    const positions = truePositions(x, count);
    const result = allocate(x.backend, [count, x.ndim], 'int32');
    x.shape.forEach((size, axis) => {
      const span = sizeOf(x.shape.slice(axis + 1));
      mapInPlace('nonzero', coordinateProgram, [positions], select(result, 1, axis), [span, size]);
    });
    return result;
  });
}

/** A row-major position as an index along one axis. */
const coordinateProgram: MapProgram = mapProgram(
  ['int32'],
  ['int32', 'int32'],
  [e.mod(e.div(input(0, 'int32'), uniform(0, 'int32')), uniform(1, 'int32'))],
);

/**
 * The elements where the mask is true, as a vector. x and the mask broadcast together.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.masked_select.html
 */
export async function maskedSelect(x: Tensor, mask: Tensor): Promise<Tensor> {
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  return selected(x, mask, shape, await readOnce(scope(() => countNonzero(expand(mask, shape)))));
}

export function maskedSelectSync(x: Tensor, mask: Tensor): Tensor {
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  return selected(x, mask, shape, readOnceSync(scope(() => countNonzero(expand(mask, shape)))));
}

function selected(x: Tensor, mask: Tensor, shape: Shape, count: number): Tensor {
  return scope(() => gather(reshape(expand(x, shape), [-1]), truePositions(expand(mask, shape), count), 0));
}
