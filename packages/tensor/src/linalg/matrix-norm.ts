import { ArgumentError, type DType, formatShape, normalizeAxis, ShapeError } from '@gradus/storage';
import { copy } from '../launch/index.ts';
import { scope } from '../memory.ts';
import { permute, squeeze, unsqueeze } from '../ops/movement.ts';
import { norm as normOfVector } from '../ops/norm.ts';
import { amax, amin, sum } from '../ops/reduction.ts';
import type { Tensor } from '../tensor.ts';
import { svdvals } from './svd.ts';

interface NormOptions {
  /** Keep the reduced axes with size 1. */
  readonly keepdim?: boolean;
  /** Convert elements to it first. */
  readonly dtype?: DType;
}

interface VectorNormOptions extends NormOptions {
  /** The order, infinities included. Default 2. */
  readonly ord?: number;
  /** Default: all axes. */
  readonly dim?: number | readonly number[];
}

/**
 * The norm of the elements as one vector, (sum |x|^ord)^(1/ord), over all or some axes.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html
 */
export function vectorNorm(x: Tensor, options: VectorNormOptions = {}): Tensor {
  const { ord = 2, ...rest } = options;
  return normOfVector(x, { ...rest, p: ord });
}

/** 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity; see `matrixNorm`. */
export type MatrixOrder = 'fro' | 'nuc' | number;

interface MatrixNormOptions extends NormOptions {
  /** Default 'fro'. */
  readonly ord?: MatrixOrder;
  /** Rows and columns. Default the last two axes. */
  readonly dim?: readonly [rows: number, columns: number];
}

/**
 * Norms of matrices: the root of the sum of squares ('fro'), the sum of singular values ('nuc'), the largest (2) or smallest (-2) of
 * them, the largest (1) or smallest (-1) sum of magnitudes of a column, or of a row (Infinity, -Infinity).
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.matrix_norm.html
 */
export function matrixNorm(x: Tensor, options: MatrixNormOptions = {}): Tensor {
  const { ord = 'fro', dim = [-2, -1], keepdim = false, dtype = x.dtype } = options;
  if (x.ndim < 2)
    throw new ShapeError(`matrixNorm: needs matrices, two axes or more, got shape ${formatShape(x.shape)}`);
  const [rows, columns] = [normalizeAxis('matrixNorm', dim[0], x.ndim), normalizeAxis('matrixNorm', dim[1], x.ndim)];
  if (rows === columns) throw new ArgumentError(`matrixNorm: needs two different axes, got ${formatShape(dim)}`);
  const reduced = [rows, columns];
  return scope(() => {
    const values = dtype === x.dtype ? x : copy('matrixNorm', x, dtype);
    if (ord === 'fro') return normOfVector(values, { dim: reduced, keepdim });
    const isSpectral = ord === 'nuc' || Math.abs(ord) === 2;
    const result = isSpectral ? spectralNorm(values, ord, rows, columns) : sumNorm(values, ord, rows, columns);
    return keepdim ? reduced.toSorted((a, b) => a - b).reduce((kept, axis) => unsqueeze(kept, axis), result) : result;
  });
}

function spectralNorm(x: Tensor, ord: number | 'nuc', rows: number, columns: number): Tensor {
  const batch = [...x.shape.keys()].filter((axis) => axis !== rows && axis !== columns);
  const singularValues = svdvals(permute(x, [...batch, rows, columns]));
  if (ord === 'nuc') return sum(singularValues, { dim: -1 });
  return (ord > 0 ? amax : amin)(singularValues, { dim: -1 });
}

function sumNorm(x: Tensor, ord: number, rows: number, columns: number): Tensor {
  if (Math.abs(ord) !== 1 && Math.abs(ord) !== Infinity) {
    throw new ArgumentError(`matrixNorm: ord must be 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity, got ${ord}`);
  }
  const [summed, compared] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
  const sums = normOfVector(x, { p: 1, dim: summed, keepdim: true });
  return squeeze((ord > 0 ? amax : amin)(sums, { dim: compared, keepdim: true }), [rows, columns]);
}

interface EitherNormOptions extends NormOptions {
  /** Of vectors a number; of matrices as in `matrixNorm`. Default: the root of the sum of squares. */
  readonly ord?: MatrixOrder;
  /** One axis makes vectors, two make matrices. Default: all axes, at most two where `ord` is given. */
  readonly dim?: number | readonly number[];
}

/**
 * The norm of vectors or of matrices, as the number of axes says; without an order that of all elements as one vector.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.linalg.norm.html
 */
export function norm(x: Tensor, options: EitherNormOptions = {}): Tensor {
  const { ord, dim, ...rest } = options;
  if (ord === undefined) return vectorNorm(x, dim === undefined ? rest : { ...rest, dim });
  const axes = dim === undefined ? [...x.shape.keys()] : [dim].flat();
  if (axes.length === 2) {
    return matrixNorm(x, { ...rest, ord, dim: axes as [number, number] });
  }
  if (axes.length !== 1 || typeof ord === 'string') {
    throw new ArgumentError(
      `norm: order ${ord} over axes ${formatShape(axes)}; a vector has one axis and a number, a matrix two`,
    );
  }
  return vectorNorm(x, { ...rest, ord, dim: axes });
}
