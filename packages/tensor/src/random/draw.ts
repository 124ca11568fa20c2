import { ArgumentError, assertShape, broadcastShapes, type DType, type Shape } from '@gradus/storage';
import type { TensorOptions } from '../creation.ts';
import { alias } from '../launch/index.ts';
import { resolveBackend, scope } from '../memory.ts';
import { add, mul } from '../ops/pointwise/index.ts';
import { assertFloat } from '../ops/reduction-program.ts';
import type { Tensor } from '../tensor.ts';
import { drawMany, integers, normal as normalDraw, normals, permutation, uniform } from './distributions.ts';
import { assertIntegers, assertParameter, type GeneratorOptions, generatorOf } from './options.ts';
import { type DrawMany, drawNew, drawn, drawnLike } from './upload.ts';

/** New tensors of random numbers, the same as PyTorch's from the same seed, on every backend. */

/** Options of functions that make a random tensor. */
export interface RandomOptions extends TensorOptions, GeneratorOptions {}

/**
 * Uniform numbers from [0, 1).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.rand.html
 */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  const dtype = floatDType('rand', options.dtype);
  return make('rand', shape, { ...options, dtype }, (count) => drawMany(count, uniform(generatorOf(options), dtype)));
}

/**
 * Numbers of the standard normal distribution.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.randn.html
 */
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return normal(0, 1, shape, options);
}

/**
 * Integers from [low, high), int32 unless `dtype` says otherwise; `randint(high, shape)` starts from 0.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.randint.html
 */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(first: number, ...rest: readonly unknown[]): Tensor {
  const [low, high, shape, options = {}] = (typeof rest[0] === 'number' ? [first, ...rest] : [0, first, ...rest]) as [
    number,
    number,
    Shape,
    RandomOptions?,
  ];
  const dtype = options.dtype ?? 'int32';
  assertIntegers('randint', dtype, low, high);
  const draw = integers(generatorOf(options), low, high - low);
  return make('randint', shape, { ...options, dtype }, (count) => drawMany(count, draw));
}

/**
 * The integers from 0 to below n in random order, int32 unless `dtype` says otherwise.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.randperm.html
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const dtype = options.dtype ?? 'int32';
  return make('randperm', [n], { ...options, dtype }, () => permutation(generatorOf(options), n));
}

/** `rand` in x's shape, dtype and backend. */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  const dtype = floatDType('randLike', options.dtype ?? x.dtype);
  return makeLike(x, { ...options, dtype }, (count) => drawMany(count, uniform(generatorOf(options), dtype)));
}

/** `randn` in x's shape, dtype and backend. */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  const dtype = floatDType('randnLike', options.dtype ?? x.dtype);
  const generator = generatorOf(options);
  return makeLike(x, { ...options, dtype }, (count) =>
    x.layout.isContiguous ? normals(generator, dtype, count) : drawMany(count, normalDraw(generator, 0, 1)),
  );
}

/** Integers from [low, high) in x's shape, dtype and backend. */
export function randintLike(x: Tensor, low: number, high: number, options: RandomOptions = {}): Tensor {
  const dtype = options.dtype ?? x.dtype;
  assertIntegers('randintLike', dtype, low, high);
  const draw = integers(generatorOf(options), low, high - low);
  return makeLike(x, { ...options, dtype }, (count) => drawMany(count, draw));
}

/**
 * Normal numbers. Two numbers need a shape; tensors broadcast together, and no gradient passes through them: for one,
 * write `mean.add(std.mul(randnLike(mean)))`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.normal.html
 */
export function normal(
  mean: number | Tensor,
  std: number | Tensor,
  shape?: Shape,
  options: RandomOptions = {},
): Tensor {
  if (typeof std === 'number') assertParameter('normal', std >= 0, 'std must not be negative', std);
  const generator = generatorOf(options);
  const tensors = [mean, std].filter((parameter) => typeof parameter !== 'number');
  const [first] = tensors;
  if (first !== undefined) {
    const spread = typeof std === 'number' ? std : 1;
    const common = broadcastShapes('normal', ...tensors.map((x) => x.shape));
    return scope(() => {
      const noise = drawn(common, first, first.dtype, (count) => normals(generator, first.dtype, count, 0, spread));
      const scaled = typeof std === 'number' ? noise : mul(noise, alias(std));
      return add(scaled, typeof mean === 'number' ? mean : alias(mean));
    });
  }
  if (shape === undefined) throw new ArgumentError('normal: a mean and std that are numbers need a shape');
  const dtype = floatDType('normal', options.dtype);
  return make('normal', shape, { ...options, dtype }, (count) =>
    normals(generator, dtype, count, mean as number, std as number),
  );
}

function floatDType(op: string, dtype: DType = 'float32'): DType {
  return assertFloat(op, dtype);
}

function make(op: string, shape: Shape, options: TensorOptions & { readonly dtype: DType }, draw: DrawMany): Tensor {
  assertShape(op, shape);
  const result = drawNew(shape, options.dtype, resolveBackend(options.backend), draw);
  return options.requiresGrad === true ? result.setRequiresGrad() : result;
}

function makeLike(x: Tensor, options: TensorOptions & { readonly dtype: DType }, draw: DrawMany): Tensor {
  const result = drawnLike(x, options.dtype, draw, options.backend);
  return options.requiresGrad === true ? result.setRequiresGrad() : result;
}
