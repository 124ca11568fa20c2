import { formatShape, normalizeAxis, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { cumsum } from '../ops/cumulative.ts';
import { narrow, reshape } from '../ops/movement.ts';
import { add, div, mul } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { diff } from './difference.ts';

/** Integration by the trapezoidal rule. */

interface TrapezoidOptions {
  /** Coordinates of the samples: a vector along the axis, or a tensor that broadcasts with y. */
  readonly x?: Tensor;
  /** Distance between samples, where no `x` is given. Default 1. */
  readonly dx?: number;
  /** Default: the last axis. */
  readonly dim?: number;
}

/**
 * The integral of samples y along an axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.trapezoid.html
 */
export function trapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const axis = axisOf('trapezoid', y, options);
  return scope(() => div(sum(strips(y, axis, options), { dim: axis }), 2));
}

/** The running integral of samples y along an axis: one element less than y has. */
export function cumulativeTrapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const axis = axisOf('cumulativeTrapezoid', y, options);
  return scope(() => div(cumsum(strips(y, axis, options), axis), 2));
}

function axisOf(op: string, y: Tensor, { dim = -1 }: TrapezoidOptions): number {
  if (y.ndim === 0) throw new ShapeError(`${op}: a scalar has no axis to go along`);
  return normalizeAxis(op, dim, y.ndim);
}

/** Twice the area between each two neighbours. */
function strips(y: Tensor, axis: number, { x, dx = 1 }: TrapezoidOptions): Tensor {
  const count = Math.max((y.shape[axis] as number) - 1, 0);
  const heights = add(narrow(y, axis, Math.min(1, y.shape[axis] as number), count), narrow(y, axis, 0, count));
  return mul(heights, x === undefined ? dx : widths(x, y, axis));
}

function widths(x: Tensor, y: Tensor, axis: number): Tensor {
  if (x.ndim > y.ndim)
    throw new ShapeError(`trapezoid: x ${formatShape(x.shape)} has more axes than y ${formatShape(y.shape)}`);
  const shape =
    x.ndim === 1
      ? y.shape.map((_, i) => (i === axis ? x.size : 1))
      : [...y.shape.map(() => 1), ...x.shape].slice(-y.ndim);
  return diff(reshape(x, shape), { dim: axis });
}
