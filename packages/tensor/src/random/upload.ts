import type { Backend } from '@gradus/backend';
import { type DType, Layout, type Shape, sizeOf } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { alias, transform } from '../launch/index.ts';
import { type BackendRef, resolveBackend } from '../memory.ts';
import type { Tensor } from '../tensor.ts';

/** Gives so many numbers, in the order in which they were drawn. */
export type DrawMany = (count: number) => ArrayLike<number>;

/** New numbers in x's shape, in x's order of axes in memory: so PyTorch overwrites an existing tensor. */
export function drawnLike(x: Tensor, dtype: DType, draw: DrawMany, backend: BackendRef = x.backend): Tensor {
  const many = transform?.draw(x.shape, dtype, resolveBackend(backend), draw);
  if (many) return many;
  const order = memoryOrder(x.layout);
  const shape = order.map((axis) => x.shape[axis] as number);
  const drawn = fromValues(draw(x.size), shape, { dtype, backend });
  const inOrder = order.every((axis, place) => axis === place);
  if (inOrder) return drawn;
  const strides = x.shape.map((_, axis) => drawn.layout.strides[order.indexOf(axis)] as number);
  const result = alias(drawn, new Layout(x.shape, strides));
  drawn.dispose();
  return result;
}

/** New numbers in row-major order. */
export function drawn(shape: Shape, like: Tensor, dtype: DType, draw: DrawMany): Tensor {
  return drawNew(shape, dtype, like.backend, draw);
}

export function drawNew(shape: Shape, dtype: DType, backend: Backend, draw: DrawMany): Tensor {
  const many = transform?.draw(shape, dtype, backend, draw);
  return many ?? fromValues(draw(sizeOf(shape)), shape, { dtype, backend });
}

/** Axes from the largest step in memory to the smallest. */
function memoryOrder(layout: Layout): readonly number[] {
  const axes = layout.shape.map((_, axis) => axis);
  if (layout.isContiguous) return axes;
  return axes.sort((a, b) => Math.abs(layout.strides[b] as number) - Math.abs(layout.strides[a] as number));
}
