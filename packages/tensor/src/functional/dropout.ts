import { formatShape, type Shape, ShapeError } from '@gradus/storage';
import { scope } from '../memory.ts';
import { squeeze, unsqueeze } from '../ops/movement.ts';
import { add, mul } from '../ops/pointwise/index.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import { bernoulli, drawMany, rounding } from '../random/distributions.ts';
import { assertParameter, type GeneratorOptions, generatorOf } from '../random/options.ts';
import { drawn } from '../random/upload.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Dropout. (Srivastava et al. 2014.) Outside of training, and for p = 0, the result is the tensor itself.
 *
 * @see https://pytorch.org/docs/stable/nn.functional.html#dropout-functions
 */

export interface DropoutOptions extends GeneratorOptions {
  /** The probability of 0. Default 0.5. */
  readonly p?: number;
  /** Default true; false for the alpha forms, as in PyTorch. */
  readonly training?: boolean;
}

/** Each element 0 with probability p, else divided by 1 - p. */
export function dropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return drop('dropout', x, options);
}

/** Whole channels of [N, C, L] or [C, L] are dropped. */
export function dropout1d(x: Tensor, options: DropoutOptions = {}): Tensor {
  return batched('dropout1d', x, 3, options);
}

/** Whole channels of [N, C, H, W] are dropped; of any [N, C, ...]. */
export function dropout2d(x: Tensor, options: DropoutOptions = {}): Tensor {
  return drop('dropout2d', x, options, channels('dropout2d', x));
}

/** Whole channels of [N, C, D, H, W] or [C, D, H, W] are dropped. */
export function dropout3d(x: Tensor, options: DropoutOptions = {}): Tensor {
  return batched('dropout3d', x, 5, options);
}

/** Dropout that keeps mean 0 and variance 1: for selu. (Klambauer et al. 2017.) */
export function alphaDropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return dropToSaturation('alphaDropout', x, options);
}

/** `alphaDropout` of whole channels of [N, C, ...]. */
export function featureAlphaDropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return dropToSaturation('featureAlphaDropout', x, options, channels('featureAlphaDropout', x));
}

/** `kept` is the shape of the decisions; without one, every element has its own. */
function drop(name: string, x: Tensor, options: DropoutOptions, kept?: Shape): Tensor {
  const { p = 0.5, training = true } = options;
  assertProbability(name, x, p);
  if (!training || p === 0 || x.size === 0) return x;
  if (p === 1) return mul(x, 0);
  const round = rounding(x.dtype);
  const scale = round(1 / round(1 - p));
  return scope(() => mul(x, noise(x, p, scale, options, kept)));
}

/** Dropped elements become the limit of selu for -Infinity; the whole is brought back to mean 0 and variance 1. */
function dropToSaturation(name: string, x: Tensor, options: DropoutOptions, kept?: Shape): Tensor {
  const { p = 0.5, training = false } = options;
  assertProbability(name, x, p);
  if (!training || p === 0 || x.size === 0) return x;
  if (p === 1) return mul(x, 0);
  const scale = 1 / Math.sqrt((SELU_LIMIT * SELU_LIMIT * p + 1) * (1 - p));
  return scope(() => {
    const mask = noise(x, p, 1, options, kept);
    const shift = add(mul(add(mask, -1), SELU_LIMIT * scale), SELU_LIMIT * scale * p);
    return add(mul(x, mul(mask, scale)), shift);
  });
}

/** -selu(-Infinity). */
const SELU_LIMIT = 1.7580993408473766;

/** 0 with probability p, else `scale`. */
function noise(x: Tensor, p: number, scale: number, options: DropoutOptions, shape: Shape = x.shape): Tensor {
  const keep = bernoulli(generatorOf(options), 1 - p);
  return drawn(shape, x, x.dtype, (count) => drawMany(count, () => keep() * scale));
}

function batched(name: string, x: Tensor, ndim: number, options: DropoutOptions): Tensor {
  if (x.ndim === ndim) return drop(name, x, options, channels(name, x));
  if (x.ndim !== ndim - 1) {
    throw new ShapeError(`${name}: needs ${ndim - 1} or ${ndim} axes, got ${formatShape(x.shape)}`);
  }
  return scope(() => {
    const batch = unsqueeze(x, 0);
    return squeeze(drop(name, batch, options, channels(name, batch)), 0);
  });
}

function channels(name: string, x: Tensor): Shape {
  if (x.ndim < 2) throw new ShapeError(`${name}: needs axes for samples and channels, got ${formatShape(x.shape)}`);
  return x.shape.map((n, axis) => (axis < 2 ? n : 1));
}

function assertProbability(name: string, x: Tensor, p: number): void {
  assertFloat(name, x.dtype);
  assertParameter(name, p >= 0 && p <= 1, 'p must lie in [0, 1]', p);
}
