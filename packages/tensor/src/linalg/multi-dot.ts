import { ArgumentError, formatShape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { matmul } from '../ops/matmul.ts';
import type { Tensor } from '../tensor.ts';

/**
 * The product of several matrices, in the order of multiplication that costs least. The first and the last may be
 * vectors.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.multi_dot.html
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const last = tensors.length - 1;
  if (last < 1) throw new ArgumentError(`multiDot: at least two tensors are needed, got ${tensors.length}`);
  tensors.forEach((x, i) => {
    if (x.ndim === 2 || (x.ndim === 1 && (i === 0 || i === last))) return;
    throw new ShapeError(
      `multiDot: operand ${i} must be a matrix (or, first or last, a vector), got ${formatShape(x.shape)}`,
    );
  });
  const splits = cheapestSplits(boundaries(tensors));
  const multiply = (from: number, to: number): Tensor => {
    if (from === to) return tensors[from] as Tensor;
    const at = splits(from, to);
    return matmul(multiply(from, at), multiply(at + 1, to));
  };
  return scope(() => multiply(0, last));
}

/** Rows of the first matrix, then the columns of every one. */
function boundaries(tensors: readonly Tensor[]): readonly number[] {
  const sides = tensors.map(
    ({ shape, ndim }, i) => (ndim === 2 ? shape : i === 0 ? [1, shape[0]] : [shape[0], 1]) as [number, number],
  );
  return [(sides[0] as [number, number])[0], ...sides.map(([, columns]) => columns)];
}

/** Where to split each run of matrices: dynamic programming over their lengths. (Cormen et al., section 15.2.) */
function cheapestSplits(sizes: readonly number[]): (from: number, to: number) => number {
  const count = sizes.length - 1;
  const cost = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const split = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const costOf = (from: number, to: number): number => (cost[from] as number[])[to] as number;
  for (let length = 1; length < count; length++) {
    for (let from = 0; from + length < count; from++) {
      const to = from + length;
      let best = Number.POSITIVE_INFINITY;
      for (let at = from; at < to; at++) {
        const joined = (sizes[from] as number) * (sizes[at + 1] as number) * (sizes[to + 1] as number);
        const total = costOf(from, at) + costOf(at + 1, to) + joined;
        if (total >= best) continue;
        best = total;
        (split[from] as number[])[to] = at;
      }
      (cost[from] as number[])[to] = best;
    }
  }
  return (from, to) => (split[from] as number[])[to] as number;
}
