import { overwrite } from '../ops/overwrite.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';
import {
  anyInteger,
  bernoulli,
  cauchy,
  type Draw,
  drawMany,
  exponential,
  geometric,
  integers,
  logNormal,
  normal,
  normals,
  uniform,
} from './distributions.ts';
import { assertIntegers, assertParameter, type GeneratorOptions, generatorOf } from './options.ts';
import { trials } from './trials.ts';
import { type DrawMany, drawnLike } from './upload.ts';

/**
 * Tensors overwritten with random numbers, as PyTorch's CPU kernels draw them.
 *
 * @see https://pytorch.org/docs/stable/torch.html#in-place-random-sampling
 */

/** From the uniform distribution over [from, to). */
export function uniform_(x: Tensor, from = 0, to = 1, options: GeneratorOptions = {}): Tensor {
  assertFloat('uniform_', x.dtype);
  assertParameter('uniform_', from <= to, 'from must not be larger than to', from, to);
  return overwriteOneByOne('uniform', x, uniform(generatorOf(options), x.dtype, from, to));
}

/** From the normal distribution. */
export function normal_(x: Tensor, mean = 0, std = 1, options: GeneratorOptions = {}): Tensor {
  assertFloat('normal_', x.dtype);
  assertParameter('normal_', std >= 0, 'std must not be negative', std);
  const generator = generatorOf(options);
  if (!x.layout.isContiguous) return overwriteOneByOne('normal', x, normal(generator, mean, std));
  return overwriteWith('normal', x, (count) => normals(generator, x.dtype, count, mean, std));
}

/** 1 with probability p, else 0. A tensor p broadcasts to x. */
export function bernoulli_(x: Tensor, p: number | Tensor = 0.5, options: GeneratorOptions = {}): Tensor {
  if (typeof p !== 'number') {
    const drawn = trials(x, p, generatorOf(options), 'memory');
    overwrite('bernoulli', x, drawn);
    drawn.dispose();
    return x;
  }
  assertParameter('bernoulli_', p >= 0 && p <= 1, 'p must lie in [0, 1]', p);
  return overwriteOneByOne('bernoulli', x, bernoulli(generatorOf(options), p));
}

/** From the density rate exp(-rate x). */
export function exponential_(x: Tensor, rate = 1, options: GeneratorOptions = {}): Tensor {
  assertFloat('exponential_', x.dtype);
  assertParameter('exponential_', rate > 0, 'the rate must be positive', rate);
  return overwriteOneByOne('exponential', x, exponential(generatorOf(options), rate));
}

/** From the Cauchy distribution around a median; sigma is half its width at half its height. */
export function cauchy_(x: Tensor, median = 0, sigma = 1, options: GeneratorOptions = {}): Tensor {
  assertFloat('cauchy_', x.dtype);
  assertParameter('cauchy_', sigma > 0, 'sigma must be positive', sigma);
  return overwriteOneByOne('cauchy', x, cauchy(generatorOf(options), median, sigma));
}

/** exp of normal numbers of this mean and std. */
export function logNormal_(x: Tensor, mean = 1, std = 2, options: GeneratorOptions = {}): Tensor {
  assertFloat('logNormal_', x.dtype);
  assertParameter('logNormal_', std > 0, 'std must be positive', std);
  return overwriteOneByOne('logNormal', x, logNormal(generatorOf(options), mean, std));
}

/** How many trials of success probability p it takes until the first success: 1, 2, ... */
export function geometric_(x: Tensor, p: number, options: GeneratorOptions = {}): Tensor {
  assertParameter('geometric_', p > 0 && p < 1, 'p must lie in (0, 1)', p);
  return overwriteOneByOne('geometric', x, geometric(generatorOf(options), p));
}

/**
 * Integers from [from, to); without bounds from 0 to the largest up to which x's dtype holds every integer. One bound
 * alone is `to`, from 0.
 */
export function random_(x: Tensor, from?: number, to?: number, options: GeneratorOptions = {}): Tensor {
  const generator = generatorOf(options);
  if (from === undefined) return overwriteOneByOne('random', x, anyInteger(generator, x.dtype));
  const [start, end] = to === undefined ? [0, from] : [from, to];
  assertIntegers('random_', x.dtype, start, end);
  return overwriteOneByOne('random', x, integers(generator, start, end - start));
}

function overwriteOneByOne(op: string, x: Tensor, draw: Draw): Tensor {
  return overwriteWith(op, x, (count) => drawMany(count, draw));
}

function overwriteWith(op: string, x: Tensor, draw: DrawMany): Tensor {
  const drawn = drawnLike(x, x.dtype, draw);
  overwrite(op, x, drawn);
  drawn.dispose();
  return x;
}
