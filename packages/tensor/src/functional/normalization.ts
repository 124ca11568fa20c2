import { expressions as e, meanProgram } from '@gradus/backend';
import { ArgumentError, formatShape, type Shape, ShapeError } from '@gradus/storage';
import { copy, reduce, reducedShape } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { reshape } from '../ops/movement.ts';
import { norm } from '../ops/norm.ts';
import { type Pointwise, pointwise } from '../ops/pointwise/define.ts';
import { clampMin, div, mul } from '../ops/pointwise/index.ts';
import { unrecorded } from '../recorder.ts';
import type { Tensor } from '../tensor.ts';
import { normalizeOver } from './normalize-over.ts';
import { pad } from './padding.ts';
import { avgPool2d } from './pooling.ts';
import { affine, countOver, standardize } from './standardize.ts';

export interface AffineOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Added to the variance; 1e-5 if left out. */
  readonly eps?: number;
}

export interface BatchNormOptions extends AffineOptions {
  /** [C]; updated in training, used otherwise. */
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** Use the batch's own statistics (and update the running ones). */
  readonly training?: boolean;
  /** Weight of the batch in the running statistics; a 0-d tensor where only the device knows it. */
  readonly momentum?: number | Tensor;
}

/**
 * Normalises over the last axes, whose sizes are `normalizedShape` (Ba et al. 2016).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, options: AffineOptions = {}): Tensor {
  return scope(() => {
    const axes = lastAxes('layerNorm', x, normalizedShape);
    return normalizeOver('layerNorm', x, axes, { ...options, affineShape: onAxes(x, axes) }).output;
  });
}

/** Divides by the root mean square over the last axes (Zhang & Sennrich 2019). eps is the dtype's own if left out. */
export function rmsNorm(x: Tensor, normalizedShape: Shape, options: Omit<AffineOptions, 'bias'> = {}): Tensor {
  return scope(() => {
    const axes = lastAxes('rmsNorm', x, normalizedShape);
    const { weight = null, eps = x.dtype === 'float64' ? 2 ** -52 : 2 ** -23 } = options;
    return normalizeOver('rmsNorm', x, axes, { weight, eps, centred: false, affineShape: onAxes(x, axes) }).output;
  });
}

/**
 * Normalises every channel (axis 1) over the batch and all other axes (Ioffe & Szegedy 2015). x [N, C, ...].
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  return scope(() => {
    const { runningMean = null, runningVar = null, training = false, momentum = 0.1 } = options;
    const channelAxis = Math.min(1, x.ndim - 1);
    const affineShape = onAxes(x, [channelAxis]);
    if (!training) {
      if (runningMean === null || runningVar === null) {
        throw new ArgumentError('batchNorm: outside training runningMean and runningVar are needed');
      }
      const [mean, variance] = [reshape(runningMean, affineShape), reshape(runningVar, affineShape)];
      return affine(standardize(x, mean, variance, options.eps ?? 1e-5), affineShape, options);
    }
    if (x.size === 0) return affine(copy('batchNorm', x), affineShape, options);
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
    const count = countOver(x, axes);
    if (count === 1)
      throw new ShapeError(
        `batchNorm: more than one value per channel is needed in training, got ${formatShape(x.shape)}`,
      );
    const { output, mean, variance } = normalizeOver('batchNorm', x, axes, { ...options, affineShape });
    if (runningMean !== null) updateRunning(runningMean, mean, momentum, 1);
    if (runningVar !== null) updateRunning(runningVar, variance, momentum, count / (count - 1));
    return output;
  });
}

/** Normalises every channel of every image on its own (Ulyanov et al. 2016). x [N, C, ...]. */
export function instanceNorm(
  x: Tensor,
  options: Omit<BatchNormOptions, 'training'> & { readonly useInputStats?: boolean } = {},
): Tensor {
  return scope(() => {
    const { runningMean = null, runningVar = null, momentum = 0.1, useInputStats = true } = options;
    if (!useInputStats) return batchNorm(x, { ...options, training: false });
    const axes = x.shape.map((_, axis) => axis).slice(2);
    const count = countOver(x, axes);
    const affineShape = onAxes(x, [1]);
    const { output, mean, variance } = normalizeOver('instanceNorm', x, axes, { ...options, affineShape });
    if (runningMean !== null) updateRunning(runningMean, batchMean(mean), momentum, 1);
    if (runningVar !== null) updateRunning(runningVar, batchMean(variance), momentum, count / (count - 1));
    return output;
  });
}

/** Normalises groups of channels of every image (Wu & He 2018). x [N, C, ...]. */
export function groupNorm(x: Tensor, groups: number, options: AffineOptions = {}): Tensor {
  return scope(() => {
    const [batch, channels] = x.shape as [number, number];
    if (channels % groups !== 0)
      throw new ArgumentError(`groupNorm: ${groups} groups don't divide ${channels} channels`);
    const width = channels / groups;
    const grouped = reshape(x, [batch, groups, width, x.size === 0 ? 0 : x.size / (batch * channels)]);
    const affineShape = [1, groups, width, 1];
    return reshape(normalizeOver('groupNorm', grouped, [2, 3], { ...options, affineShape }).output, x.shape);
  });
}

/**
 * Divides by (k + alpha * mean of the squares of `size` neighbouring channels)^beta. x [N, C, ...]. (Krizhevsky et al. 2012.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  options: { readonly alpha?: number; readonly beta?: number; readonly k?: number } = {},
): Tensor {
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  if (x.ndim < 3)
    throw new ShapeError(`localResponseNorm: needs [N, C, ...] with 3 axes or more, got ${formatShape(x.shape)}`);
  if (x.size === 0) return x;
  const [batch, channels] = x.shape as [number, number];
  return scope(() => {
    const lines = reshape(mul(x, x), [batch, 1, channels, x.size / (batch * channels)]);
    const padded = pad(lines, [0, 0, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
    const meanSquare = reshape(avgPool2d(padded, [size, 1], { stride: 1 }), x.shape);
    return divideByPower(x, meanSquare, alpha, k, beta);
  });
}

/** x / max(|x|_p, eps), the norm taken along `dim` (1 if left out). */
export function normalize(
  x: Tensor,
  options: { readonly p?: number; readonly dim?: number; readonly eps?: number } = {},
): Tensor {
  const { p = 2, dim = 1, eps = 1e-12 } = options;
  return scope(() => div(x, clampMin(norm(x, { p, dim, keepdim: true }), eps)));
}

const divideByPower: Pointwise<Tensor, [meanSquare: Tensor, alpha: number, k: number, beta: number]> = pointwise(
  'localResponseNorm',
  (x, meanSquare, alpha, k, beta) => e.div(x, e.pow(e.add(e.mul(meanSquare, alpha), k), beta)),
  { compute: 'float' },
);

function batchMean(x: Tensor): Tensor {
  return reduce('mean', meanProgram(x.dtype), [x], [0], reducedShape(x.shape, [0], true), [1 / (x.shape[0] as number)]);
}

/** running += momentum * (correction * batch - running), unrecorded. */
function updateRunning(running: Tensor, batch: Tensor, momentum: number | Tensor, correction: number): void {
  unrecorded(() => moveTowards.inPlace(running, reshape(batch, running.shape), momentum, correction));
}

const moveTowards: Pointwise<Tensor, [batch: Tensor, momentum: number | Tensor, correction: number]> = pointwise(
  'updateRunning',
  (running, batch, momentum, correction) =>
    e.add(e.mul(running, e.sub(1, momentum)), e.mul(momentum, e.mul(correction, batch))),
);

/** x's shape with size 1 along all other axes. */
function onAxes(x: Tensor, axes: readonly number[]): Shape {
  return x.shape.map((n, axis) => (axes.includes(axis) ? n : 1));
}

function lastAxes(op: string, x: Tensor, normalizedShape: Shape): readonly number[] {
  const start = x.ndim - normalizedShape.length;
  if (normalizedShape.length === 0 || normalizedShape.some((n, i) => x.shape[start + i] !== n)) {
    throw new ShapeError(`${op}: the last axes of ${formatShape(x.shape)} must be ${formatShape(normalizedShape)}`);
  }
  return normalizedShape.map((_, i) => start + i);
}
