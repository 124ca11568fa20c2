import {
  ArgumentError,
  type DType,
  formatShape,
  isFloat,
  normalizeAxes,
  normalizeAxis,
  ShapeError,
} from '@gradus/storage';
import { cat, filled } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { to } from '../ops/conversion.ts';
import { narrow, reshape } from '../ops/movement.ts';
import { add, div, mul, sub } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';
import { diff } from './difference.ts';

interface GradientOptions {
  /** Distance between samples: one for all axes, one per axis, or a vector of coordinates per axis. Default 1. */
  readonly spacing?: number | readonly (number | Tensor)[];
  /** Default: every axis. */
  readonly dim?: number | readonly number[];
  /** Order of accuracy at the ends. */
  readonly edgeOrder?: 1 | 2;
}

/**
 * Estimates the derivative along axes by central differences, second-order accurate inside: one result per axis.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.gradient.html
 */
export function gradient(x: Tensor, options: GradientOptions = {}): readonly Tensor[] {
  const { spacing = 1, dim, edgeOrder = 1 } = options;
  const axes =
    dim === undefined
      ? normalizeAxes('gradient', dim, x.ndim)
      : [dim].flat().map((a) => normalizeAxis('gradient', a, x.ndim));
  if (typeof spacing === 'object' && spacing.length !== axes.length) {
    throw new ArgumentError(`gradient: ${spacing.length} spacings for ${axes.length} axes; one each is needed`);
  }
  return scope(() =>
    axes.map((axis, i) =>
      gradientAlong(x, axis, typeof spacing === 'number' ? spacing : (spacing[i] as number | Tensor), edgeOrder),
    ),
  );
}

function gradientAlong(x: Tensor, axis: number, spacing: number | Tensor, edgeOrder: 1 | 2): Tensor {
  const size = x.shape[axis] ?? 0;
  if (size <= edgeOrder) {
    throw new ShapeError(`gradient: axis ${axis} of ${formatShape(x.shape)} needs at least ${edgeOrder + 1} elements`);
  }
  const steps = stepsAlong(x, axis, spacing);
  const slopes = div(diff(x, { dim: axis }), steps);
  const last = size - 2;
  const at = (values: Tensor, start: number, length = 1): Tensor => narrow(values, axis, start, length);
  // The slope, at the second of three points, of the parabola through them.
  const middle = (start: number, length: number): Tensor => {
    const [h1, h2] = [at(steps, start, length), at(steps, start + 1, length)];
    return div(add(mul(at(slopes, start, length), h2), mul(at(slopes, start + 1, length), h1)), add(h1, h2));
  };
  // The same at an end: twice its mean slope less the one of the middle.
  const end = (near: number, middleStart: number): Tensor =>
    edgeOrder === 1 ? at(slopes, near) : sub(mul(at(slopes, near), 2), middle(middleStart, 1));
  return cat([end(0, 0), middle(0, last), end(last, last - 1)], axis);
}

/** Distances between neighbours, shaped to broadcast along the axis. */
function stepsAlong(x: Tensor, axis: number, spacing: number | Tensor): Tensor {
  const size = x.shape[axis] as number;
  const dtype: DType = isFloat(x.dtype) ? x.dtype : 'float32';
  const steps = typeof spacing === 'number' ? filled(x.backend, [size - 1], dtype, spacing) : diff(to(spacing, dtype));
  return reshape(
    steps,
    x.shape.map((_, i) => (i === axis ? size - 1 : 1)),
  );
}
