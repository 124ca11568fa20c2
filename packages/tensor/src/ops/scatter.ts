import type { ScatterCombine } from '@gradus/backend';
import { ArgumentError, DTypeError, isFloat, limitsOf, normalizeAxis, ShapeError } from '@gradus/storage';
import { copy, filled, scatterInPlace } from '../launch/index.ts';
import { scope } from '../memory.ts';
import type { Tensor } from '../tensor.ts';
import { assertIndexFits, assertSameShape, indices, mergeIndices, spreadAlong, withAxis } from './index-operand.ts';
import { expand, narrow, reshape } from './movement.ts';
import { overwrite } from './overwrite.ts';
import { div, floorDivide, maximum, mul, type Scalar } from './pointwise/index.ts';

/**
 * Writing by tensors of indices: each op in place (`scatter_`) and into a copy (`scatter`). Indices are integers; one
 * outside its axis is an IndexError where the backend can see it. Where an index names a place twice, the last value
 * in row-major order wins, or all are combined.
 */

/** How `scatter` combines what is written with what is there; default: replaces it. */
export interface ScatterOptions {
  readonly reduce?: 'add' | 'multiply';
}

export type ScatterReduction = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

export interface ScatterReduceOptions {
  /** Whether the value that is there takes part. Default true. */
  readonly includeSelf?: boolean;
}

/**
 * x with x[i, index[i, j, k], k] = source[i, j, k] for dim 1; the source is a tensor of x's dtype at least as large as
 * the index, or one number.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html
 */
export function scatter_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | Scalar,
  options: ScatterOptions = {},
): Tensor {
  const combine = options.reduce === undefined ? 'replace' : options.reduce === 'add' ? 'sum' : 'prod';
  return scatterInto('scatter', x, dim, index, source, combine);
}

export const scatter: typeof scatter_ = onCopy('scatter', scatter_);

/** `scatter_` that adds to what is there. */
export function scatterAdd_(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return scatterInto('scatterAdd', x, dim, index, source, 'sum');
}

export const scatterAdd: typeof scatterAdd_ = onCopy('scatterAdd', scatterAdd_);

/**
 * `scatter_` that reduces all values for one place.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_reduce_.html
 */
export function scatterReduce_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  options: ScatterReduceOptions = {},
): Tensor {
  return reduceInto('scatterReduce', x, dim, index, source, reduce, options);
}

export const scatterReduce: typeof scatterReduce_ = onCopy('scatterReduce', scatterReduce_);

/** Adds alpha times the slices of `source` to the slices of x along `dim` that a vector of indices names. */
export function indexAdd_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: { readonly alpha?: number } = {},
): Tensor {
  const { alpha = 1 } = options;
  return scope(() => {
    const scaled = alpha === 1 ? source : asDType('indexAdd', mul(source, alpha), x);
    return scatterInto('indexAdd', x, dim, sliceIndex('indexAdd', x, dim, index, source), scaled, 'sum');
  });
}

export const indexAdd: typeof indexAdd_ = onCopy('indexAdd', indexAdd_);

/** Writes the slices of `source` to those of x along `dim` that a vector of indices names. */
export function indexCopy_(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return scope(() =>
    scatterInto('indexCopy', x, dim, sliceIndex('indexCopy', x, dim, index, source), source, 'replace'),
  );
}

export const indexCopy: typeof indexCopy_ = onCopy('indexCopy', indexCopy_);

/** Writes one value (a number, or a tensor of one element) to the slices of x that a vector of indices names. */
export function indexFill_(x: Tensor, dim: number, index: Tensor, value: Tensor | Scalar): Tensor {
  const axis = normalizeAxis('indexFill', dim, x.ndim);
  const shape = withAxis(x).shape.map((n, i) => (i === axis ? index.size : n));
  return scope(() => {
    const source = typeof value === 'object' ? expand(reshape(asDType('indexFill', value, x), []), shape) : value;
    return scatterInto('indexFill', x, dim, spreadAlong('indexFill', index, axis, shape), source, 'replace');
  });
}

export const indexFill: typeof indexFill_ = onCopy('indexFill', indexFill_);

/** Reduces the slices of `source` into those of x along `dim` that a vector of indices names. */
export function indexReduce_(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: Exclude<ScatterReduction, 'sum'>,
  options: ScatterReduceOptions = {},
): Tensor {
  return scope(() => {
    const at = sliceIndex('indexReduce', x, dim, index, source);
    return reduceInto('indexReduce', x, dim, at, source, reduce, options);
  });
}

export const indexReduce: typeof indexReduce_ = onCopy('indexReduce', indexReduce_);

/**
 * x with the elements of `source` written to the places that the indices name in x taken as a vector (negative ones
 * count from the end), or added to them.
 */
export function put(x: Tensor, index: Tensor, source: Tensor, options: { readonly accumulate?: boolean } = {}): Tensor {
  if (index.size !== source.size) {
    throw new ShapeError(`put: ${index.size} indices for ${source.size} values; there must be as many`);
  }
  return scope(() => {
    const at = reshape(mergeIndices('put', [index], [x.size]), [-1]);
    const combine = options.accumulate === true ? 'sum' : 'replace';
    const flat = scatterInto('put', reshape(copy('put', x), [-1]), 0, at, reshape(source, [-1]), combine);
    return reshape(flat, x.shape);
  });
}

export function put_(
  x: Tensor,
  index: Tensor,
  source: Tensor,
  options: { readonly accumulate?: boolean } = {},
): Tensor {
  return scope(() => overwrite('put', x, put(x, index, source, options)));
}

function scatterInto(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor | Scalar,
  combine: ScatterCombine,
): Tensor {
  const axis = normalizeAxis(op, dim, x.ndim);
  return scope(() => {
    const [target, at] = [withAxis(x), withAxis(indices(op, index))];
    assertIndexFits(op, at, target.shape, 'the target', axis);
    scatterInPlace(target, at, operand(op, x, at, source), axis, combine);
    return x;
  });
}

/** The op writing into a copy of its first operand. */
function onCopy<Rest extends readonly unknown[]>(
  name: string,
  op: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor {
  return (x, ...rest) => op(copy(name, x), ...rest);
}

/** The values to write, one per index. */
function operand(op: string, x: Tensor, index: Tensor, source: Tensor | Scalar): Tensor {
  if (typeof source !== 'object') return expand(filled(x.backend, [], x.dtype, Number(source)), index.shape);
  if (source.dtype !== x.dtype) {
    throw new DTypeError(`${op}: the source is ${source.dtype} and the target ${x.dtype}; convert one of them`);
  }
  const values = withAxis(source);
  assertIndexFits(op, index, values.shape, 'the source');
  const part = index.size === 0 ? values : index.shape.reduce((part, n, i) => narrowed(part, i, n), values);
  // A kernel may not read what it is writing.
  return part.storage === x.storage ? copy(op, part) : part;
}

function narrowed(x: Tensor, axis: number, length: number): Tensor {
  return x.shape[axis] === length ? x : narrow(x, axis, 0, length);
}

/** A vector of indices as an index of the source's shape, which has to be x's but along `dim`. */
function sliceIndex(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const axis = normalizeAxis(op, dim, x.ndim);
  const shape = withAxis(x).shape.map((n, i) => (i === axis ? index.size : n));
  assertSameShape(op, withAxis(source), shape, 'the source');
  return spreadAlong(op, index, axis, shape);
}

const combines: Readonly<Record<ScatterReduction, ScatterCombine>> = {
  sum: 'sum',
  prod: 'prod',
  mean: 'sum',
  amax: 'max',
  amin: 'min',
};

function reduceInto(
  op: string,
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: ScatterReduction,
  { includeSelf = true }: ScatterReduceOptions,
): Tensor {
  const combine = combines[reduce];
  if (combine === undefined) {
    throw new ArgumentError(`${op}: unknown reduction '${reduce}'; it is one of ${Object.keys(combines).join(', ')}`);
  }
  if (!includeSelf) scatterInto(op, x, dim, index, neutral(reduce, x), 'replace');
  scatterInto(op, x, dim, index, source, combine);
  if (reduce !== 'mean') return x;
  return scope(() => {
    const counts = filled(x.backend, x.shape, x.dtype, includeSelf ? 1 : 0);
    const divisor = maximum(scatterInto(op, counts, dim, index, 1, 'sum'), 1);
    return (isFloat(x.dtype) ? div : floorDivide).inPlace(x, divisor);
  });
}

/** What leaves the other operand of a reduction as it is. */
function neutral(reduce: ScatterReduction, { dtype }: Tensor): number {
  if (reduce === 'sum' || reduce === 'mean') return 0;
  if (reduce === 'prod') return 1;
  if (isFloat(dtype)) return reduce === 'amax' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return reduce === 'amax' ? limitsOf(dtype).min : limitsOf(dtype).max;
}

function asDType(op: string, value: Tensor, { dtype }: Tensor): Tensor {
  return value.dtype === dtype ? value : copy(op, value, dtype);
}
