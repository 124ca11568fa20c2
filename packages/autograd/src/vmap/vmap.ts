import { ArgumentError, AutogradError, formatShape, ShapeError } from '@gradus/storage';
import { cat, defaultGenerator, narrow, type Tensor } from '@gradus/tensor';
import { view } from '@gradus/tensor/launch';
import { mapTensors, tensorsOf, withTensors, zipTensors } from '../transforms/tree.ts';
import { Level, type Randomness } from './level.ts';
import { atLevel } from './transform.ts';

/** An axis; null for what all examples share; or these in the form of the argument that they belong to. */
export type Dims = number | null | readonly Dims[] | { readonly [key: string]: Dims };

export interface VmapOptions {
  /** Along which axis of each argument the examples lie. Default 0, for all. */
  readonly inDims?: Dims;
  /** Along which axis of each result they are to lie. Default 0. */
  readonly outDims?: Dims;
  /** What random functions do. Default 'error'. */
  readonly randomness?: Randomness;
  /** So many examples at once, to save memory. Default: all. */
  readonly chunkSize?: number;
}

/**
 * A function of one example, made into a function of many: it runs once, and every launch computes all examples. Inside,
 * tensors have the shape of one example.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.func.vmap.html
 */
export function vmap<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: VmapOptions = {},
): (...args: Args) => Result {
  return (...args) => {
    const { inDims = 0, outDims = 0, randomness = 'error', chunkSize } = options;
    const dims = dimsOf(args, inDims);
    const size = batchSize(args, dims);
    if (chunkSize === undefined || chunkSize >= size) return mapped(fn, args, dims, outDims, size, randomness);
    if (!Number.isInteger(chunkSize) || chunkSize < 1) {
      throw new ArgumentError(`vmap: chunkSize must be a positive integer, got ${chunkSize}`);
    }
    return inChunks(fn, args, dims, options, size, chunkSize);
  };
}

/** Per tensor, in order; a null is null for all tensors below it. */
type FlatDims = readonly (number | null)[];

function dimsOf(args: readonly unknown[], dims: Dims): FlatDims {
  if (Array.isArray(dims) && dims.length !== args.length) {
    throw new ArgumentError(`vmap: inDims has ${dims.length} entries for ${args.length} arguments`);
  }
  const flat: (number | null)[] = [];
  zipTensors(args, dims, (x, dim) => {
    flat.push(axisOf('inDims', dim, x.shape));
    return x;
  });
  return flat;
}

function axisOf(what: string, dim: unknown, shape: readonly number[], rank = shape.length): number | null {
  if (dim === null) return null;
  if (typeof dim !== 'number' || !Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new ShapeError(`vmap: ${what} ${String(dim)} is no axis of a tensor of shape ${formatShape(shape)}`);
  }
  return dim < 0 ? dim + rank : dim;
}

function batchSize(args: readonly unknown[], dims: FlatDims): number {
  const sizes = tensorsOf(args).flatMap((x, i) => {
    const axis = dims[i] as number | null;
    return axis === null ? [] : [x.shape[axis] as number];
  });
  const [size] = sizes;
  if (size === undefined) throw new ArgumentError('vmap: no argument has an axis of examples; inDims gives none');
  if (sizes.some((other) => other !== size)) {
    throw new ShapeError(`vmap: the axes of examples must have one size, got ${sizes.join(', ')}`);
  }
  return size;
}

function mapped<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  args: Args,
  dims: FlatDims,
  outDims: Dims,
  size: number,
  randomness: Randomness,
): Result {
  const level = new Level(size, randomness);
  return atLevel(level, () => {
    let i = 0;
    const given = mapTensors(args, (x) => {
      const axis = dims[i++] as number | null;
      return axis === null ? x : level.wrap(batchFirst(x, axis));
    });
    const result = fn(...given);
    if (result instanceof Promise) {
      throw new AutogradError('vmap: the function returned a promise; it must be synchronous');
    }
    if (!Array.isArray(result) && tensorsOf(result).length === 0)
      throw new AutogradError('vmap: the function must return tensors');
    return zipTensors(result, outDims, (x, dim) => unwrapped(level, x, dim));
  });
}

/** A view with the axis in front. */
function batchFirst(x: Tensor, axis: number): Tensor {
  return view(x, { type: 'permute', axes: [axis, ...[...x.shape.keys()].filter((i) => i !== axis)] });
}

/** All examples of a result, along `dim`. */
function unwrapped(level: Level, x: Tensor, dim: unknown): Tensor {
  const axis = axisOf('outDims', dim, x.shape, x.ndim + 1);
  if (axis === null) {
    if (level.has(x)) throw new AutogradError('vmap: outDims is null for a result that differs between examples');
    return x;
  }
  const axes = Array.from({ length: x.ndim }, (_, i) => i + 1).toSpliced(axis, 0, 0);
  return view(level.all(x), { type: 'permute', axes });
}

function inChunks<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  args: Args,
  dims: FlatDims,
  options: VmapOptions,
  size: number,
  chunkSize: number,
): Result {
  const { outDims = 0, randomness = 'error' } = options;
  const state = randomness === 'same' ? defaultGenerator.getState() : null;
  const parts: Result[] = [];
  for (let start = 0; start < size; start += chunkSize) {
    const length = Math.min(chunkSize, size - start);
    let i = 0;
    const chunk = mapTensors(args, (x) => {
      const axis = dims[i++] as number | null;
      return axis === null ? x : narrow(x, axis, start, length);
    });
    if (state !== null) defaultGenerator.setState(state);
    parts.push(mapped(fn, chunk, dims, outDims, length, randomness));
  }
  const flat = parts.map(tensorsOf);
  const joined: Tensor[] = [];
  zipTensors(parts[0], outDims, (x, dim) => {
    const k = joined.length;
    const axis = axisOf('outDims', dim, x.shape);
    joined.push(
      axis === null
        ? x
        : cat(
            flat.map((tensors) => tensors[k] as Tensor),
            { dim: axis },
          ),
    );
    return x;
  });
  return withTensors(parts[0] as Result, joined);
}
