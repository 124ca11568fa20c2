import { forEachProduct, type HostView, matrixOf, type Matrix as Place, type Product as Places } from '@gradus/backend';
import type { TypedArray } from '@gradus/storage';

/** A matrix in a typed array. */
export interface Matrix extends Place {
  readonly data: TypedArray;
}

/** One product of a batch. */
export type Product = Places<Matrix>;

/** Runs `body` for every product of a batch. */
export function forEachHostProduct(a: HostView, b: HostView, output: HostView, body: (product: Product) => void): void {
  forEachProduct(a, b, output, ({ data, layout }) => ({ data, ...matrixOf(layout) }), body);
}

/** The same product transposed: out^T = b^T a^T. */
export function transposeProduct({ a, b, out, rows, columns, depth }: Product): Product {
  return { a: transpose(b), b: transpose(a), out: transpose(out), rows: columns, columns: rows, depth };
}

function transpose({ data, offset, rowStride, columnStride }: Matrix): Matrix {
  return { data, offset, rowStride: columnStride, columnStride: rowStride };
}
