import { expressions as e, input, reduceProgram } from '@gradus/backend';
import {
  ArgumentError,
  broadcastShapes,
  formatShape,
  isFloat,
  normalizeAxis,
  promoteTypes,
  type Shape,
  ShapeError,
} from '@gradus/storage';
import { cat, copy, filled, reduce, scan } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { to } from '../ops/conversion.ts';
import { matmul } from '../ops/matmul.ts';
import { expand, flip, permute, reshape, select, unsqueeze } from '../ops/movement.ts';
import { pointwise } from '../ops/pointwise/define.ts';
import { add, mul, type Operand, type Pointwise } from '../ops/pointwise/index.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Products of vectors and matrices by their own names; `matmul` covers most of them.
 *
 * @see https://pytorch.org/docs/stable/torch.html#blas-and-lapack-operations
 */

/** Matrix times matrix. */
export function mm(a: Tensor, b: Tensor): Tensor {
  assertAxes('mm', [a, 2], [b, 2]);
  return matmul(a, b);
}

/** A batch of matrices times another: [b, m, k] x [b, k, n]. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  assertAxes('bmm', [a, 3], [b, 3]);
  if (a.shape[0] !== b.shape[0]) throw mismatch('bmm: batch sizes differ', a, b);
  return matmul(a, b);
}

/** Matrix times vector. */
export function mv(a: Tensor, vector: Tensor): Tensor {
  assertAxes('mv', [a, 2], [vector, 1]);
  return matmul(a, vector);
}

/** Sum of the products of two vectors' elements. */
export function dot(a: Tensor, b: Tensor): Tensor {
  assertAxes('dot', [a, 1], [b, 1]);
  if (a.size !== b.size) throw mismatch('dot: sizes differ', a, b);
  return vecdot(a, b);
}

/** `dot` along one axis (the last by default) of tensors that broadcast together. */
export function vecdot(a: Tensor, b: Tensor, options: { readonly dim?: number } = {}): Tensor {
  const shape = broadcastShapes('vecdot', a.shape, b.shape);
  const axis = normalizeAxis('vecdot', options.dim ?? -1, shape.length);
  const dtype = promoteTypes(a.dtype, b.dtype);
  const product = e.mul(e.cast(input(0, a.dtype), dtype), e.cast(input(1, b.dtype), dtype));
  const rest = shape.toSpliced(axis, 1);
  return reduce(
    'vecdot',
    reduceProgram([a.dtype, b.dtype], [], 'sum', product),
    [a, b],
    shape.length > 0 ? [axis] : [],
    rest,
  );
}

/** Sums of products over the last axes: [..., k] and [..., k] give all pairs [..., ...]; a scalar scales. */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
  if (a.shape[a.ndim - 1] !== b.shape[b.ndim - 1]) throw mismatch('inner: last axes differ', a, b);
  return tensordot(a, b, { dims: [[-1], [-1]] });
}

/** Every product of an element of one vector with one of the other: [m] and [n] give [m, n]. */
export function outer(a: Tensor, b: Tensor): Tensor {
  assertAxes('outer', [a, 1], [b, 1]);
  return scope(() => mul(unsqueeze(a, 1), b));
}

interface Weights {
  /** Of the tensor added to. Default 1; for 0 its values are ignored, NaN included. */
  readonly beta?: number;
  /** Of the product. Default 1. */
  readonly alpha?: number;
}

/** beta x + alpha (a b) for matrices a and b. */
export function addmm(x: Tensor, a: Tensor, b: Tensor, options: Weights = {}): Tensor {
  return weighted(x, () => mm(a, b), options);
}

/** beta x + alpha (a v) for a matrix a and a vector v. */
export function addmv(x: Tensor, a: Tensor, vector: Tensor, options: Weights = {}): Tensor {
  return weighted(x, () => mv(a, vector), options);
}

/** beta x + alpha times the outer product of two vectors. */
export function addr(x: Tensor, a: Tensor, b: Tensor, options: Weights = {}): Tensor {
  return weighted(x, () => outer(a, b), options);
}

/** beta x + alpha (a b) for batches of matrices. */
export function baddbmm(x: Tensor, a: Tensor, b: Tensor, options: Weights = {}): Tensor {
  return weighted(x, () => bmm(a, b), options);
}

/** beta x + alpha times the sum of a b over the batch. */
export function addbmm(x: Tensor, a: Tensor, b: Tensor, options: Weights = {}): Tensor {
  assertAxes('addbmm', [a, 3], [b, 3]);
  return weighted(
    x,
    () =>
      tensordot(a, b, {
        dims: [
          [0, 2],
          [0, 1],
        ],
      }),
    options,
  );
}

type Weigh = Pointwise<Tensor, [product: Tensor, beta: Operand, alpha: Operand]>;
const weigh: Weigh = pointwise('addmm', (x, product, beta, alpha) => e.add(e.mul(beta, x), e.mul(alpha, product)));

function weighted(x: Tensor, multiply: () => Tensor, options: Weights): Tensor {
  return scope(() => {
    const product = multiply();
    const { beta = 1, alpha = 1 } = options;
    const result = sumOf(x, product, weightFor(product, beta), weightFor(product, alpha));
    return product.dtype === 'bool' ? to(result, x.dtype) : result;
  });
}

function sumOf(x: Tensor, product: Tensor, beta: number, alpha: number): Tensor {
  if (beta === 0) {
    return expand(alpha === 1 ? product : mul(product, alpha), broadcastShapes('addmm', x.shape, product.shape));
  }
  return beta === 1 && alpha === 1 ? add(x, product) : weigh(x, product, beta, alpha);
}

/** Of integers the weights are whole: what they have after the point is cut off, as in PyTorch. Of bools they are bools. */
function weightFor({ dtype }: Tensor, weight: number): number {
  if (isFloat(dtype)) return weight;
  return dtype === 'bool' ? Number(weight !== 0) : Math.trunc(weight);
}

/** Every element of `a` replaced by its product with all of `b`: sizes multiply axis by axis. */
export function kron(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.ndim, b.ndim);
  const padded = (x: Tensor): number[] => [...new Array<number>(rank - x.ndim).fill(1), ...x.shape];
  const [outside, inside] = [padded(a), padded(b)];
  return scope(() => {
    const product = mul(
      reshape(
        a,
        outside.flatMap((n) => [n, 1]),
      ),
      reshape(
        b,
        inside.flatMap((n) => [1, n]),
      ),
    );
    return reshape(
      product,
      outside.map((n, i) => n * (inside[i] as number)),
    );
  });
}

interface TensordotOptions {
  /** How many of a's last and b's first axes to sum over, or which axes of each. Default 2. */
  readonly dims?: number | readonly [readonly number[], readonly number[]];
}

/** Sums of products over pairs of axes of a and b; the others follow each other. */
export function tensordot(a: Tensor, b: Tensor, options: TensordotOptions = {}): Tensor {
  const { dims = 2 } = options;
  const count = typeof dims === 'number' ? dims : 0;
  const range = (start: number): number[] => Array.from({ length: count }, (_, i) => start + i);
  const [over, along] = typeof dims === 'number' ? [range(a.ndim - count), range(0)] : dims;
  const [summedA, summedB] = [
    over.map((axis) => normalizeAxis('tensordot', axis, a.ndim)),
    along.map((axis) => normalizeAxis('tensordot', axis, b.ndim)),
  ];
  if (summedA.length !== summedB.length || summedA.some((axis, i) => a.shape[axis] !== b.shape[summedB[i] as number])) {
    throw mismatch(`tensordot: axes ${formatShape(summedA)} and ${formatShape(summedB)} don't match`, a, b);
  }
  const [freeA, freeB] = [others(a, summedA), others(b, summedB)];
  const inside = product(sizesOf(a, summedA));
  return scope(() => {
    const left = reshape(permute(a, [...freeA, ...summedA]), [product(sizesOf(a, freeA)), inside]);
    const right = reshape(permute(b, [...summedB, ...freeB]), [inside, product(sizesOf(b, freeB))]);
    return reshape(matmul(left, right), [...sizesOf(a, freeA), ...sizesOf(b, freeB)]);
  });
}

type Difference = Pointwise<Tensor, [b: Tensor, c: Tensor, d: Tensor]>;
const differenceOfProducts: Difference = pointwise('cross', (a, b, c, d) => e.sub(e.mul(a, b), e.mul(c, d)));

/** Cross product along an axis of size 3, by default the first one. */
export function cross(a: Tensor, b: Tensor, options: { readonly dim?: number } = {}): Tensor {
  const shape = broadcastShapes('cross', a.shape, b.shape);
  const axis = normalizeAxis('cross', options.dim ?? shape.indexOf(3), shape.length);
  if (shape[axis] !== 3 || (options.dim === undefined && !shape.includes(3))) {
    throw new ShapeError(`cross: needs an axis of size 3, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  }
  return scope(() => {
    const [left, right] = [expand(a, shape), expand(b, shape)];
    const parts = [0, 1, 2].map((i) => {
      const [j, k] = [(i + 1) % 3, (i + 2) % 3];
      const [aj, bk, ak, bj] = [
        select(left, axis, j),
        select(right, axis, k),
        select(left, axis, k),
        select(right, axis, j),
      ];
      return unsqueeze(differenceOfProducts(aj, bk, ak, bj), axis);
    });
    return cat(parts, axis);
  });
}

interface VanderOptions {
  /** Number of columns. Default: as many as elements. */
  readonly N?: number;
  /** Powers 0, 1, 2, ... from the left; default: from the right. */
  readonly increasing?: boolean;
}

/** The powers of each element of a vector (or of the last axis) as a row: the Vandermonde matrix. */
export function vander(x: Tensor, options: VanderOptions = {}): Tensor {
  if (x.ndim === 0) return scope(() => vander(reshape(x, [1]), options));
  const { N = x.shape[x.ndim - 1] as number, increasing = false } = options;
  if (!Number.isInteger(N) || N < 0) throw new ArgumentError(`vander: N must be a non-negative integer, got ${N}`);
  const dtype = promoteTypes(x.dtype, 'int32');
  return scope(() => {
    const base = unsqueeze(x.dtype === dtype ? x : copy('vander', x, dtype), -1);
    const ones = filled(x.backend, [...x.shape, Math.min(N, 1)], dtype, 1);
    if (N < 2) return ones;
    const [powers] = scan('prod', expand(base, [...x.shape, N - 1]), x.ndim) as [Tensor];
    const ascending = cat([ones, powers], x.ndim);
    return increasing ? ascending : copy('vander', flip(ascending, -1));
  });
}

function others(x: Tensor, axes: readonly number[]): number[] {
  return x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
}

function sizesOf(x: Tensor, axes: readonly number[]): number[] {
  return axes.map((axis) => x.shape[axis] as number);
}

function product(sizes: Shape): number {
  return sizes.reduce((total, n) => total * n, 1);
}

function assertAxes(op: string, ...operands: readonly (readonly [x: Tensor, axes: number])[]): void {
  if (operands.every(([x, axes]) => x.ndim === axes)) return;
  const shapes = operands.map(([x]) => formatShape(x.shape)).join(' and ');
  throw new ShapeError(
    `${op}: needs ${operands.map(([, axes]) => axes).join(' and ')} axes, got ${shapes}; matmul takes any`,
  );
}

function mismatch(what: string, a: Tensor, b: Tensor): ShapeError {
  return new ShapeError(`${what}, ${formatShape(a.shape)} x ${formatShape(b.shape)}`);
}
