import { forEachProduct, type HostView, type Matrix, matrixOf } from '@gradus/backend';
import { CpuBackend } from '@gradus/backend-cpu';
import { type BlasMatrix, loadOpenBlas, type OpenBlas } from './open-blas.ts';

export interface BlasOptions {
  /** Default: as many as the machine has cores. */
  readonly threads?: number;
}

type Floats = Float32Array | Float64Array;

interface FloatMatrix extends Matrix {
  readonly data: Floats;
}

/** The cpu backend, but float32 and float64 matrices are multiplied by OpenBLAS. */
export class BlasBackend extends CpuBackend {
  readonly library: OpenBlas;

  constructor({ threads }: BlasOptions = {}) {
    super({ name: 'openblas' });
    this.library = loadOpenBlas();
    if (threads !== undefined) this.library.setThreads(threads);
  }

  override matmul(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
    if (output.dtype !== 'float32' && output.dtype !== 'float64') return super.matmul(a, b, output, accumulate);
    const of = ({ data, layout }: HostView): FloatMatrix => ({ data: data as Floats, ...matrixOf(layout) });
    forEachProduct(a, b, output, of, (product) => {
      const { rows, columns, depth } = product;
      if (rows === 0 || columns === 0) return;
      const left = inPlace(product.a, rows, depth) ?? packed(product.a, rows, depth);
      const right = inPlace(product.b, depth, columns) ?? packed(product.b, depth, columns);
      const direct = inPlace(product.out, rows, columns);
      const sizes = { rows, columns, depth, beta: accumulate ? 1 : 0 } as const;
      if (direct !== null && !direct.transposed) return this.library.multiply(left, right, direct, sizes);
      const result = packed(product.out, rows, columns);
      this.library.multiply(left, right, result, sizes);
      unpack(result, product.out, rows, columns);
    });
  }
}

/** A matrix as BLAS can read it where it lies; null if neither its rows nor its columns are contiguous, or they overlap. */
function inPlace(
  { data, offset, rowStride, columnStride }: FloatMatrix,
  rows: number,
  columns: number,
): BlasMatrix | null {
  const from = data.subarray(offset);
  // The stride along an axis of one element says nothing.
  if ((columnStride === 1 || columns <= 1) && (rowStride >= columns || rows <= 1)) {
    return { data: from, leading: Math.max(rowStride, columns, 1), transposed: false };
  }
  if ((rowStride === 1 || rows <= 1) && (columnStride >= rows || columns <= 1)) {
    return { data: from, leading: Math.max(columnStride, rows, 1), transposed: true };
  }
  return null;
}

/** A copy, row after row. */
function packed(matrix: FloatMatrix, rows: number, columns: number): BlasMatrix {
  const { data } = matrix;
  const copy = data instanceof Float32Array ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  forEachElement(matrix, rows, columns, (position, k) => {
    copy[k] = data[position] as number;
  });
  return { data: copy, leading: Math.max(columns, 1), transposed: false };
}

/** Writes such a copy back. */
function unpack(copy: BlasMatrix, matrix: FloatMatrix, rows: number, columns: number): void {
  forEachElement(matrix, rows, columns, (position, k) => {
    matrix.data[position] = copy.data[k] as number;
  });
}

/** Row after row: where each element lies, and its number. */
function forEachElement(
  { offset, rowStride, columnStride }: Matrix,
  rows: number,
  columns: number,
  body: (position: number, k: number) => void,
): void {
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) body(offset + i * rowStride + j * columnStride, k);
  }
}

/** The backend: `await use(openblas())`. Throws a BackendError where OpenBLAS isn't installed. */
export function openblas(options: BlasOptions = {}): BlasBackend {
  return new BlasBackend(options);
}
