import type { HostView } from '@gradus/backend';
import { collapse, type TypedArray } from '@gradus/storage';

/** A matrix in a typed array: element (i, j) is at `offset + i * rowStride + j * columnStride`. */
export interface Matrix {
  readonly data: TypedArray;
  offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** One product of a batch: out [rows, columns] = a [rows, depth] b [depth, columns]. The offsets move along the batch. */
export interface Product {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Matrix;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Runs `body` for every product of a batch; images that share one right factor become one product of more rows. */
export function forEachProduct(a: HostView, b: HostView, output: HostView, body: (product: Product) => void): void {
  const rank = output.layout.rank;
  const [rows, columns] = output.layout.shape.slice(-2) as [number, number];
  const views = [a, b, output];
  const batch = collapse(
    output.layout.shape.slice(0, -2),
    views.map((view) => view.layout.strides.slice(0, rank - 2)),
  );
  const shape = batch.shape.slice();
  const product = {
    a: matrixOf(a),
    b: matrixOf(b),
    out: matrixOf(output),
    rows,
    columns,
    depth: a.layout.shape[rank - 1] as number,
  };
  const last = shape.length - 1;
  const stride = (k: number): number => batch.strides[k]?.[last] as number;
  if (
    last >= 0 &&
    stride(1) === 0 &&
    stride(0) === rows * product.a.rowStride &&
    stride(2) === rows * product.out.rowStride
  ) {
    product.rows *= shape.pop() as number;
  }
  forEachOffset(shape, batch.strides, [product.a, product.b, product.out], () => body(product));
}

function matrixOf({ data, layout }: HostView): Matrix {
  const [rowStride, columnStride] = layout.strides.slice(-2) as [number, number];
  return { data, offset: layout.offset, rowStride, columnStride };
}

function forEachOffset(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  matrices: readonly Matrix[],
  body: () => void,
  axis = 0,
): void {
  if (axis === shape.length) return body();
  const n = shape[axis] as number;
  const move = (steps: number): void => {
    matrices.forEach((matrix, k) => {
      matrix.offset += steps * (strides[k]?.[axis] as number);
    });
  };
  for (let i = 0; i < n; i++) {
    forEachOffset(shape, strides, matrices, body, axis + 1);
    move(1);
  }
  move(-n);
}

/** The same product transposed: out^T = b^T a^T. */
export function transposeProduct({ a, b, out, rows, columns, depth }: Product): Product {
  return { a: transpose(b), b: transpose(a), out: transpose(out), rows: columns, columns: rows, depth };
}

function transpose({ data, offset, rowStride, columnStride }: Matrix): Matrix {
  return { data, offset, rowStride: columnStride, columnStride: rowStride };
}
