import { collapse, type Layout } from '@gradus/storage';

/** Where a matrix lies: element (i, j) is at `offset + i * rowStride + j * columnStride`. */
export interface Matrix {
  offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** One product of a batch: out [rows, columns] = a [rows, depth] b [depth, columns]. The offsets move along the batch. */
export interface Product<M extends Matrix = Matrix> {
  readonly a: M;
  readonly b: M;
  readonly out: M;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The last two axes as a matrix. */
export function matrixOf({ strides, offset }: Layout): Matrix {
  const [rowStride, columnStride] = strides.slice(-2) as [number, number];
  return { offset, rowStride, columnStride };
}

/**
 * Runs `body` for every product of a batch; images that share one right factor become one product of more rows. `of` makes
 * a view's matrix, whose offset is then moved.
 */
export function forEachProduct<V extends { readonly layout: Layout }, M extends Matrix>(
  a: V,
  b: V,
  output: V,
  of: (view: V) => M,
  body: (product: Product<M>) => void,
): void {
  const rank = output.layout.rank;
  const [rows, columns] = output.layout.shape.slice(-2) as [number, number];
  const views = [a, b, output];
  const batch = collapse(
    output.layout.shape.slice(0, -2),
    views.map((view) => view.layout.strides.slice(0, rank - 2)),
  );
  const shape = batch.shape.slice();
  const product = { a: of(a), b: of(b), out: of(output), rows, columns, depth: a.layout.shape[rank - 1] as number };
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
