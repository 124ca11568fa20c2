import { ArgumentError, isFloat } from '@gradus/storage';
import { fromValues } from '../creation.ts';
import { maxPool } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { unfold } from '../ops/movement.ts';
import { div, truncDivide } from '../ops/pointwise/index.ts';
import { sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { pad } from './padding.ts';
import { assertPositive, batched, type PerAxis, perAxis } from './spatial.ts';

export interface PoolOptions {
  /** Default (and for an empty list): the window, so that windows don't overlap. */
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
  /** Round the output's size up: the last window may reach over the edge. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions extends PoolOptions {
  readonly dilation?: PerAxis;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the padding's zeros count as elements (default). */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the number of elements. */
  readonly divisorOverride?: number | null;
}

/** Maxima, and the flat indices (int32) in the input's plane that they come from. */
export interface Pooled {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/** Largest element per window of x [N, C, L] or [C, L]. */
export function maxPool1d(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return scope(() => maxPool1dWithIndices(x, window, options).values);
}

/**
 * Largest element per window of x [N, C, H, W] or [C, H, W].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
 */
export function maxPool2d(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return scope(() => maxPool2dWithIndices(x, window, options).values);
}

/** Largest element per window of x [N, C, D, H, W] or [C, D, H, W]. */
export function maxPool3d(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return scope(() => maxPool3dWithIndices(x, window, options).values);
}

/** `maxPool1d`, and where in [L] each maximum is. */
export function maxPool1dWithIndices(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Pooled {
  return maxPoolNd('maxPool1d', 1, x, window, options);
}

/** `maxPool2d`, and where in [H, W] each maximum is. */
export function maxPool2dWithIndices(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Pooled {
  return maxPoolNd('maxPool2d', 2, x, window, options);
}

/** `maxPool3d`, and where in [D, H, W] each maximum is. */
export function maxPool3dWithIndices(x: Tensor, window: PerAxis, options: MaxPoolOptions = {}): Pooled {
  return maxPoolNd('maxPool3d', 3, x, window, options);
}

/** Mean per window of x [N, C, L] or [C, L]. */
export function avgPool1d(x: Tensor, window: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPoolNd('avgPool1d', 1, x, window, options);
}

/**
 * Mean per window of x [N, C, H, W] or [C, H, W].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
 */
export function avgPool2d(x: Tensor, window: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPoolNd('avgPool2d', 2, x, window, options);
}

/** Mean per window of x [N, C, D, H, W] or [C, D, H, W]. */
export function avgPool3d(x: Tensor, window: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPoolNd('avgPool3d', 3, x, window, options);
}

function maxPoolNd(op: string, axes: number, x: Tensor, window: PerAxis, options: MaxPoolOptions): Pooled {
  const { sizes, stride, padding } = geometryOf(op, axes, window, options);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, axes);
  return batched(op, x, axes, (image) => {
    const plane = sizes.map((k, i) => {
      const span = (dilation[i] as number) * (k - 1) + 1;
      return outputSize(
        image.shape[i + 2] as number,
        span,
        stride[i] as number,
        padding[i] as number,
        options.ceilMode,
      );
    });
    assertPositive(op, plane, x.shape);
    return maxPool(image, sizes, { stride, padding, dilation }, [...image.shape.slice(0, 2), ...plane]);
  });
}

function avgPoolNd(op: string, axes: number, x: Tensor, window: PerAxis, options: AvgPoolOptions): Tensor {
  const { sizes, stride, padding } = geometryOf(op, axes, window, options);
  return batched(op, x, axes, (image) => {
    const input = image.shape.slice(2);
    const plane = sizes.map((k, i) =>
      outputSize(input[i] as number, k, stride[i] as number, padding[i] as number, options.ceilMode),
    );
    assertPositive(op, plane, x.shape);
    // Windows that reach over the right edge need zeros there.
    const both = input.map((n, i) => {
      const end = ((plane[i] as number) - 1) * (stride[i] as number) + (sizes[i] as number);
      return [padding[i] as number, Math.max(end - n - (padding[i] as number), 0)];
    });
    const padded = pad(image, both.reverse().flat());
    const windows = sizes.reduce((view, k, i) => unfold(view, i + 2, k, stride[i] as number), padded);
    const total = sum(windows, { dim: sizes.map((_, i) => -1 - i), dtype: x.dtype });
    return divideByCount(total, { input, plane, sizes, stride, padding }, options);
  });
}

interface Windows {
  readonly input: readonly number[];
  readonly plane: readonly number[];
  readonly sizes: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

function divideByCount(total: Tensor, windows: Windows, options: AvgPoolOptions): Tensor {
  const { divisorOverride = null, countIncludePad = true } = options;
  if (divisorOverride === 0) throw new ArgumentError('avgPool: divisorOverride must not be 0');
  // The mean of integers is one again, rounded towards 0.
  const divide = isFloat(total.dtype) ? div : truncDivide;
  if (divisorOverride !== null) return divide(total, divisorOverride);
  const perAxis = windows.plane.map((_, axis) => countsAlong(windows, axis, countIncludePad));
  if (perAxis.every((list) => list.every((n) => n === list[0]))) {
    return divide(
      total,
      perAxis.reduce((product, list) => product * (list[0] as number), 1),
    );
  }
  const counts = perAxis.reduce<readonly number[]>((plane, list) => plane.flatMap((a) => list.map((b) => a * b)), [1]);
  return divide(total, fromValues(counts, windows.plane, { dtype: total.dtype, backend: total.backend }));
}

/** How many elements each window has along an axis. */
function countsAlong(
  { input, plane, sizes, stride, padding }: Windows,
  axis: number,
  withPadding: boolean,
): readonly number[] {
  const [n, k, s, p] = [input[axis], sizes[axis], stride[axis], padding[axis]] as [number, number, number, number];
  return Array.from({ length: plane[axis] as number }, (_, i) => {
    const start = i * s - p;
    const end = Math.min(start + k, n + p);
    return withPadding ? end - start : Math.min(end, n) - Math.max(start, 0);
  });
}

function geometryOf(op: string, axes: number, window: PerAxis, options: PoolOptions): Omit<Windows, 'input' | 'plane'> {
  const sizes = perAxis(op, 'window', window, axes);
  const stride = perAxis(op, 'stride', isNothing(options.stride) ? sizes : options.stride, axes);
  const padding = perAxis(op, 'padding', options.padding ?? 0, axes);
  if (padding.some((p, i) => p < 0 || 2 * p > (sizes[i] as number))) {
    throw new ArgumentError(
      `${op}: padding ${padding.join(', ')} must be at most half of the window ${sizes.join(', ')}`,
    );
  }
  return { sizes, stride, padding };
}

function isNothing(option: PerAxis | undefined): option is undefined | readonly [] {
  return option === undefined || (typeof option === 'object' && option.length === 0);
}

/** In ceil mode a last window that would start in the right padding is left out. */
function outputSize(n: number, span: number, stride: number, padding: number, ceilMode = false): number {
  const room = n + 2 * padding - span;
  if (!ceilMode) return Math.floor(room / stride) + 1;
  const size = Math.ceil(room / stride) + 1;
  return (size - 1) * stride >= n + padding ? size - 1 : size;
}
