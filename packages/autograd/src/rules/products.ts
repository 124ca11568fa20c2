import { coordinate, expressions as e, input, mapProgram, plainReduceProgram } from '@gradus/backend';
import { Layout, sizeOf } from '@gradus/storage';
import {
  div,
  eq,
  flip,
  logicalAnd,
  mul,
  narrow,
  permute,
  reshape,
  type Tensor,
  unsqueeze,
  where,
} from '@gradus/tensor';
import { copy, map, place, reduce, scan } from '@gradus/tensor/launch';

// Gradients of products must not divide by the elements, which may be 0.

/** For every element of x the product of the other elements along `axes`. */
export function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  if (axes.length === 0 || x.size === 0) return x.mul(0).add(1);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const lines = reshape(moved, [
    ...kept.map((axis) => x.shape[axis] as number),
    sizeOf(axes.map((axis) => x.shape[axis] as number)),
  ]);
  const last = lines.ndim - 1;
  const before = productBefore(lines, last);
  const after = flip(productBefore(flip(lines, last), last), last);
  return permute(
    reshape(mul(before, after), moved.shape),
    x.shape.map((_, axis) => order.indexOf(axis)),
  );
}

/** The product of the elements before each one along an axis; 1 for the first. */
function productBefore(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis] as number;
  const movement = { type: 'slice', axis, start: 1, length: length - 1, step: 1 } as const;
  const shifted = place(narrow(x, axis, 0, length - 1), movement, Layout.contiguous(x.shape));
  const one = e.select(e.eq(coordinate(axis), 0), 1, input(0, x.dtype));
  return scan('prod', map('shift', mapProgram([x.dtype], [], [one]), [shifted]), axis)[0] as Tensor;
}

/** The sum of the elements from each one to the end of the axis. */
export function sumFrom(x: Tensor, axis: number): Tensor {
  return flip(scan('sum', flip(x, axis), axis)[0] as Tensor, axis);
}

/**
 * The gradient of y = cumprod(x) along an axis. Where no graph is built, in linear time: up to the first zero of a line
 * by division, at the first zero from the products that leave it out, after it zero. Otherwise by all pairs.
 */
export function cumprodGradient(x: Tensor, y: Tensor, g: Tensor, axis: number, createGraph: boolean): Tensor {
  if (createGraph) return cumprodByPairs(x, g, axis);
  const isZero = eq(x, 0);
  const zeros = scan('sum', copy('cumprod', isZero, 'int32'), axis)[0] as Tensor;
  const isFirstZero = logicalAnd(isZero, eq(zeros, 1));
  const withoutFirst = scan('prod', where(isFirstZero, 1, x), axis)[0] as Tensor;
  const fromFirst = where(eq(zeros, 0), 0, withoutFirst);
  const atFirst = sumFrom(mul(g, fromFirst), axis);
  const before = div(sumFrom(mul(g, y), axis), x);
  return where(eq(zeros, 0), before, where(isFirstZero, atFirst, 0));
}

/** sum over j >= i of g_j times the product of all x_k with k <= j other than x_i. */
function cumprodByPairs(x: Tensor, g: Tensor, axis: number): Tensor {
  // A new axis i is put before the line's own axis, which becomes k and, after the scan, j.
  const shape = x.shape.toSpliced(axis, 0, x.shape[axis] as number);
  const own = e.eq(coordinate(axis), coordinate(axis + 1));
  const leaveOut = mapProgram([x.dtype], [], [e.select(own, 1, input(0, x.dtype))]);
  const products = scan('prod', map('cumprod', leaveOut, [unsqueeze(x, axis).expand(shape)]), axis + 1)[0] as Tensor;
  const later = mapProgram(
    [x.dtype],
    [],
    [e.select(e.ge(coordinate(axis + 1), coordinate(axis)), input(0, x.dtype), 0)],
  );
  const terms = mul(map('cumprod', later, [products]), unsqueeze(g, axis));
  return reduce('sum', plainReduceProgram('sum', x.dtype), [terms], [axis + 1], x.shape);
}
