import { expressions as e, input, type ReduceProgram, reduceProgram } from '@gradus/backend';
import { broadcastShapes, type DType, formatShape, isFloat, type Shape, ShapeError, sameShape } from '@gradus/storage';
import { copy, sumTo } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { detach, to } from './conversion.ts';
import { diagonal, reshape } from './movement.ts';
import { add, div } from './pointwise/index.ts';
import {
  type AxesOptions,
  accumulated,
  assertFloat,
  assertSomething,
  axesOf,
  countAlong,
  reduceOver,
  reduction,
  summable,
} from './reduction-program.ts';

/**
 * Reductions to one value per remaining place.
 *
 * @see https://pytorch.org/docs/stable/torch.html#reduction-ops
 */

interface SumOptions extends AxesOptions {
  /** Convert elements to it first. */
  readonly dtype?: DType;
}

interface ProdOptions {
  readonly dim?: number;
  readonly keepdim?: boolean;
  /** Convert elements to it first. */
  readonly dtype?: DType;
}

const sums = reduction('sum');
const products = reduction('prod');
const means = reduction('sum', e.cast, (sum, scale) => e.mul(sum, scale));
const nanSums = reduction('sum', (x, to) => e.cast(e.select(e.isNaN(x), 0, x), to));
const numberCounts = reduction('sum', (x, to) => e.cast(e.not(e.isNaN(x)), to));
const nonzeroCounts = reduction('sum', (x, to) => e.cast(e.cast(x, 'bool'), to));
const maxima = reduction('max');
const minima = reduction('min');
const finiteMaxima = reduction('max', e.cast, (max) => e.select(e.eq(e.abs(max), Number.POSITIVE_INFINITY), 0, max));

/** Sum; of integers and bool in int32. */
export function sum(x: Tensor, options: SumOptions = {}): Tensor {
  return reduceOver('sum', sums(x.dtype, options.dtype ?? accumulated(x.dtype)), [x], options);
}

/** Product; of integers and bool in int32. */
export function prod(x: Tensor, options: ProdOptions = {}): Tensor {
  const dtype = options.dtype ?? accumulated(x.dtype);
  if (dtype !== x.dtype) return scope(() => prod(copy('prod', x, dtype), options));
  return reduceOver('prod', products(dtype, dtype), [x], options);
}

/** Arithmetic mean of floats (or of anything converted by `dtype`); NaN over nothing. */
export function mean(x: Tensor, options: SumOptions = {}): Tensor {
  const dtype = assertFloat('mean', options.dtype ?? summable(x.dtype));
  const count = countAlong(x, axesOf('mean', x, options.dim));
  return reduceOver('mean', means(x.dtype, dtype), [x], options, [1 / count]);
}

/** Sum with NaN counted as 0. */
export function nansum(x: Tensor, options: SumOptions = {}): Tensor {
  return reduceOver('nansum', nanSums(x.dtype, options.dtype ?? accumulated(x.dtype)), [x], options);
}

/** Mean of the elements that aren't NaN. */
export function nanmean(x: Tensor, options: SumOptions = {}): Tensor {
  const dtype = assertFloat('nanmean', options.dtype ?? summable(x.dtype));
  return scope(() => div(nansum(x, options), reduceOver('nanmean', numberCounts(x.dtype, dtype), [x], options)));
}

/** Whether every element is true (non-zero). bool; uint8 for uint8, as in PyTorch. */
export function all(x: Tensor, options: AxesOptions = {}): Tensor {
  return truth('all', x, reduceOver('all', minima(x.dtype, 'bool'), [x], options));
}

/** Whether an element is true (non-zero). bool; uint8 for uint8, as in PyTorch. */
export function any(x: Tensor, options: AxesOptions = {}): Tensor {
  return truth('any', x, reduceOver('any', maxima(x.dtype, 'bool'), [x], options));
}

function truth(name: string, x: Tensor, result: Tensor): Tensor {
  return x.dtype === 'uint8' ? scope(() => copy(name, result, 'uint8')) : result;
}

/** Largest element over any axes; NaN wins. Equal maxima share the gradient. */
export function amax(x: Tensor, options: AxesOptions = {}): Tensor {
  assertSomething('amax', x, axesOf('amax', x, options.dim));
  return reduceOver('amax', maxima(x.dtype, x.dtype), [x], options);
}

/** Smallest element over any axes; NaN wins. Equal minima share the gradient. */
export function amin(x: Tensor, options: AxesOptions = {}): Tensor {
  assertSomething('amin', x, axesOf('amin', x, options.dim));
  return reduceOver('amin', minima(x.dtype, x.dtype), [x], options);
}

/** Number of elements that aren't 0, int32. */
export function countNonzero(x: Tensor, options: AxesOptions = {}): Tensor {
  return reduceOver('countNonzero', nonzeroCounts(x.dtype, 'int32'), [x], options);
}

/** log(sum(exp(x))) without overflow. */
export function logsumexp(x: Tensor, options: AxesOptions = {}): Tensor {
  return scope(() => {
    const floats = isFloat(x.dtype) ? x : copy('logsumexp', x, 'float32');
    const { dtype } = floats;
    // The result doesn't depend on the shift, so no gradient has to pass through it.
    const shift = reduceOver('logsumexp', finiteMaxima(dtype, dtype), [detach(floats)], { ...options, keepdim: true });
    const exponentials = reduceOver('logsumexp', shiftedExponentials(dtype), [floats, shift], options);
    return add(exponentials, reshape(shift, exponentials.shape));
  });
}

/** log(sum(exp(x - shift))). */
function shiftedExponentials(dtype: DType): ReduceProgram {
  const body = e.exp(e.sub(input(0, dtype), input(1, dtype)));
  return reduceProgram([dtype, dtype], [], 'sum', body, e.log(input(0, dtype)));
}

/** Sum of the main diagonal of a matrix. */
export function trace(x: Tensor): Tensor {
  if (x.ndim !== 2)
    throw new ShapeError(`trace: needs a matrix, got ${formatShape(x.shape)}; use diagonal and sum for batches`);
  return scope(() => sum(diagonal(x)));
}

/** Sums over the axes along which `shape` was stretched to x's shape: the adjoint of `expand`. */
export function sumToSize(x: Tensor, shape: Shape): Tensor {
  if (shape.length > x.ndim || !sameShape(broadcastShapes('sumToSize', x.shape, shape), x.shape)) {
    throw new ShapeError(`sumToSize: ${formatShape(shape)} doesn't broadcast to ${formatShape(x.shape)}`);
  }
  if (sameShape(x.shape, shape) && x.ndim > 0) return x;
  return scope(() => sumTo(to(x, accumulated(x.dtype)), shape));
}
