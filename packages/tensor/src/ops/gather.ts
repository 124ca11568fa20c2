import { broadcastShapes, formatShape, normalizeAxis, type Shape, ShapeError, sameShape } from '@gradus/storage';
import { gather as launch } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { assertIndexFits, indices, mergeIndices, spreadAlong, withAxis } from './index-operand.ts';
import { expand, reshape } from './movement.ts';

/** Reading by tensors of indices. Indices are integers; one outside its axis is an IndexError where the backend can see it. */

/**
 * result[i, j, k] = x[i, index[i, j, k], k] for dim 1. The index may be smaller than x along the other axes; negative
 * indices are errors.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.gather.html
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const axis = normalizeAxis('gather', dim, x.ndim);
  return scope(() => {
    const [source, at] = [withAxis(x), withAxis(indices('gather', index))];
    assertIndexFits('gather', at, source.shape, 'the source', axis);
    return shaped(launch(source, at, axis), index.shape);
  });
}

/**
 * `gather` with broadcasting of the axes other than `dim`; without a dim, x and the indices are flattened.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.take_along_dim.html
 */
export function takeAlongDim(x: Tensor, index: Tensor, options: { readonly dim?: number } = {}): Tensor {
  if (options.dim === undefined) return scope(() => gather(reshape(x, [-1]), 0, reshape(index, [-1])));
  const axis = normalizeAxis('takeAlongDim', options.dim, x.ndim);
  if (x.ndim !== index.ndim) {
    throw new ShapeError(
      `takeAlongDim: x and its indices need as many axes, got ${formatShape(x.shape)} and ${formatShape(index.shape)}`,
    );
  }
  const common = broadcastShapes('takeAlongDim', without(x.shape, axis), without(index.shape, axis));
  const full = (size: number): Shape => common.map((n, i) => (i === axis ? size : n));
  return scope(() => gather(expand(x, full(x.shape[axis] ?? 1)), axis, expand(index, full(index.shape[axis] ?? 1))));
}

/**
 * The slices of x along `dim` that a vector of indices names, in its order.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.index_select.html
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  const axis = normalizeAxis('indexSelect', dim, x.ndim);
  return scope(() => {
    const source = withAxis(x);
    const shape = source.shape.map((n, i) => (i === axis ? index.size : n));
    const result = launch(source, spreadAlong('indexSelect', index, axis, shape), axis);
    return x.ndim === 0 ? reshape(result, []) : result;
  });
}

/**
 * The elements of x, taken as a vector, at each of the indices (negative ones count from the end); the result has
 * their shape.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.take.html
 */
export function take(x: Tensor, index: Tensor): Tensor {
  return scope(() => {
    const at = mergeIndices('take', [index], [x.size]);
    return shaped(launch(reshape(x, [-1]), reshape(at, [-1]), 0), index.shape);
  });
}

function shaped(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : reshape(x, shape);
}

function without(shape: Shape, axis: number): Shape {
  return shape.map((n, i) => (i === axis ? 1 : n));
}
