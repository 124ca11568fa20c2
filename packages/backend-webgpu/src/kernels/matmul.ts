import type { MatMulKernel } from '@gradus/backend';
import { type Axes, merged, operandOf, type Product } from './product.ts';

/** A MatMul kernel as a product. Images that share their right factor become one product of more rows. */
export function matmulProduct({ a, b, output, accumulate }: MatMulKernel): Product {
  const { rank, shape } = output.layout;
  const part = (strides: readonly number[], from: number, to: number, sizes = shape): Axes => ({
    shape: sizes.slice(from, to),
    strides: strides.slice(from, to),
  });
  // Axes of the batch along which the right factor stays the same.
  let first = rank - 2;
  while (first > 0 && b.layout.strides[first - 1] === 0) first--;
  return {
    label: 'matmul',
    left: operandOf(
      a,
      part(a.layout.strides, 0, first),
      part(a.layout.strides, first, rank - 1),
      part(a.layout.strides, rank - 1, rank, a.layout.shape),
    ),
    right: operandOf(
      b,
      part(b.layout.strides, 0, first),
      part(b.layout.strides, rank - 1, rank),
      part(b.layout.strides, rank - 2, rank - 1, b.layout.shape),
    ),
    output: {
      view: output,
      batch: merged(part(output.layout.strides, 0, first)),
      rows: merged(part(output.layout.strides, first, rank - 1)),
      columns: merged(part(output.layout.strides, rank - 1, rank)),
    },
    accumulate,
  };
}
