import { normalizeAxis } from '@gradus/storage';
import { alias, filled, isReadable, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { cumsum } from '../ops/cumulative.ts';
import { argmax } from '../ops/extrema.ts';
import { take } from '../ops/gather.ts';
import { reshape } from '../ops/movement.ts';
import { add, div, le, leakyRelu, log, mul, sub, where } from '../ops/pointwise/index.ts';
import { countNonzero } from '../ops/reduction.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import { softmax } from '../ops/softmax.ts';
import { drawMany, exponential, uniform } from '../random/distributions.ts';
import { assertParameter, type GeneratorOptions, generatorOf } from '../random/options.ts';
import { drawn } from '../random/upload.ts';
import { itemSync } from '../read.ts';
import type { Tensor } from '../tensor.ts';

/** Activation functions that draw random numbers. */

export interface RReluOptions extends GeneratorOptions {
  /** Default 1/8. */
  readonly lower?: number;
  /** Default 1/3. */
  readonly upper?: number;
  /** Default false. */
  readonly training?: boolean;
}

/**
 * `leakyRelu` whose slope is drawn from [lower, upper) for each element below 0 in training, their mean otherwise.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html
 */
export function rrelu(x: Tensor, options: RReluOptions = {}): Tensor {
  const { lower = 1 / 8, upper = 1 / 3, training = false } = options;
  assertFloat('rrelu', x.dtype);
  assertParameter('rrelu', lower <= upper, 'lower must not be larger than upper', lower, upper);
  if (!training) return leakyRelu(x, (lower + upper) / 2);
  return scope(() => {
    const sloped = le(x, 0);
    const count = slopesNeeded(sloped);
    if (count === 0) return where(sloped, 0, x);
    const draw = uniform(generatorOf(options), 'float64', lower, upper);
    const slopes = drawn([count], x, x.dtype, () => drawMany(count, draw));
    // The n-th element that isn't positive has the n-th slope.
    const place = reshape(sub(cumsum(reshape(sloped, [-1]), 0), 1), x.shape);
    return where(sloped, mul(x, take(slopes, where(sloped, place, 0))), x);
  });
}

/** PyTorch draws where it has to: a backend that reads only asynchronously draws for every element instead. */
function slopesNeeded(sloped: Tensor): number {
  return isReadable(sloped) ? itemSync(countNonzero(sloped)) : sloped.size;
}

export interface GumbelSoftmaxOptions extends GeneratorOptions {
  /** Temperature. Default 1. */
  readonly tau?: number;
  /** One-hot result, with the gradient of the soft one. */
  readonly hard?: boolean;
  /** Default -1. */
  readonly dim?: number;
}

/**
 * Samples of a categorical distribution of these logits that gradients pass through. (Jang et al. 2017; Maddison et al.
 * 2017.)
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
 */
export function gumbelSoftmax(logits: Tensor, options: GumbelSoftmaxOptions = {}): Tensor {
  const { tau = 1, hard = false, dim = -1 } = options;
  assertFloat('gumbelSoftmax', logits.dtype);
  assertParameter('gumbelSoftmax', tau > 0, 'tau must be positive', tau);
  const draw = exponential(generatorOf(options), 1);
  return scope(() => {
    const exponentials = drawn(logits.shape, logits, logits.dtype, (count) => drawMany(count, draw));
    const soft = softmax(div(sub(logits, log(exponentials)), tau), dim);
    return hard ? add(sub(oneHotMaximum(soft, dim), alias(soft)), soft) : soft;
  });
}

/** 1 at the largest element along an axis, 0 elsewhere. */
function oneHotMaximum(x: Tensor, dim: number): Tensor {
  const axis = normalizeAxis('gumbelSoftmax', dim, x.ndim);
  const index = argmax(x, { dim: axis, keepdim: true });
  const result = filled(x.backend, x.shape, x.dtype, 0);
  return scatterInPlace(result, index, filled(x.backend, index.shape, x.dtype, 1), axis, 'replace');
}
