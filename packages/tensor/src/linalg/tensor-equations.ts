import { ArgumentError, formatShape, normalizeAxis, ShapeError, sizeOf } from '@gradus/storage';
import { scope } from '../memory.ts';
import { permute, reshape } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import { inv, solve } from './solve.ts';

/**
 * The inverse of A as a map of tensors: A's first `ind` axes and its others have equally many elements, and tensordot(result, A,
 * { dims: ind }) is the identity. Its shape is that of the others, then of the first.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.tensorinv.html
 */
export function tensorinv(A: Tensor, options: { readonly ind?: number } = {}): Tensor {
  const { ind = 2 } = options;
  if (!Number.isInteger(ind) || ind < 1)
    throw new ArgumentError(`tensorinv: ind must be a positive integer, got ${ind}`);
  const [first, others] = [A.shape.slice(0, ind), A.shape.slice(ind)];
  const size = sizeOf(others);
  if (sizeOf(first) !== size) {
    throw new ShapeError(
      `tensorinv: the first ${ind} axes and the others need equally many elements, got ${formatShape(A.shape)}`,
    );
  }
  return scope(() => reshape(inv(reshape(A, [size, size])), [...others, ...first]));
}

/**
 * x of tensordot(A, x, { dims: x.ndim }) = b. `dims` are axes of A that are moved to its end first.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.tensorsolve.html
 */
export function tensorsolve(A: Tensor, b: Tensor, options: { readonly dims?: readonly number[] } = {}): Tensor {
  const axes = (options.dims ?? []).map((axis) => normalizeAxis('tensorsolve', axis, A.ndim));
  return scope(() => {
    const order = [...A.shape.keys()].filter((axis) => !axes.includes(axis));
    const matrix = permute(A, [...order, ...axes]);
    const shape = matrix.shape.slice(b.ndim);
    if (sizeOf(shape) !== b.size) {
      throw new ShapeError(
        `tensorsolve: ${formatShape(matrix.shape)} is no square map onto ${formatShape(b.shape)}: it would need ${b.size} ` +
          `elements in its last axes, ${formatShape(shape)}`,
      );
    }
    return reshape(solve(reshape(matrix, [b.size, b.size]), reshape(b, [b.size])), shape);
  });
}
