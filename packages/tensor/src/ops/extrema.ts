import { plainReduceProgram } from '@gradus/backend';
import { reducedShape, reduceWithIndices } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './movement.ts';
import { amax, amin } from './reduction.ts';
import { type AxisOptions, assertSomething, axesOf, reduceOver } from './reduction-program.ts';

/** Values along an axis and where they stand in it (int32). */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * The largest element; NaN wins. With `dim`, the largest along an axis with the index of the first one: the gradient
 * goes there. Without, equal maxima share it.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.max.html
 */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, options: AxisOptions): ValuesAndIndices;
export function max(x: Tensor, options?: AxisOptions): Tensor | ValuesAndIndices {
  return options === undefined ? amax(x) : extremes('max', x, options);
}

/** The smallest element; NaN wins. See `max`. */
export function min(x: Tensor): Tensor;
export function min(x: Tensor, options: AxisOptions): ValuesAndIndices;
export function min(x: Tensor, options?: AxisOptions): Tensor | ValuesAndIndices {
  return options === undefined ? amin(x) : extremes('min', x, options);
}

function extremes(fold: 'max' | 'min', x: Tensor, { dim, keepdim = false }: AxisOptions): ValuesAndIndices {
  const axes = axesOf(fold, x, dim);
  assertSomething(fold, x, axes);
  return reduceWithIndices(fold, plainReduceProgram(fold, x.dtype), x, axes, reducedShape(x.shape, axes, keepdim));
}

/** Where the first of the largest elements stands: along an axis, or in row-major order over all. int32. */
export function argmax(x: Tensor, options: { readonly dim?: number; readonly keepdim?: boolean } = {}): Tensor {
  assertSomething('argmax', x, axesOf('argmax', x, options.dim));
  return reduceOver('argmax', plainReduceProgram('argmax', x.dtype), [x], options);
}

/** Where the first of the smallest elements stands: along an axis, or in row-major order over all. int32. */
export function argmin(x: Tensor, options: { readonly dim?: number; readonly keepdim?: boolean } = {}): Tensor {
  assertSomething('argmin', x, axesOf('argmin', x, options.dim));
  return reduceOver('argmin', plainReduceProgram('argmin', x.dtype), [x], options);
}

/** Smallest and largest element, of all or along an axis. (A scalar's get an axis with `dim` and `keepdim`, as in PyTorch.) */
export function aminmax(
  x: Tensor,
  options: { readonly dim?: number; readonly keepdim?: boolean } = {},
): { readonly min: Tensor; readonly max: Tensor } {
  if (x.ndim === 0 && options.dim !== undefined && options.keepdim === true) {
    return scope(() => aminmax(reshape(x, [1]), options));
  }
  return { min: amin(x, options), max: amax(x, options) };
}
