import type { HostView } from '@gradus/backend';
import { type DType, decoderOf, encoderOf, isHalf, isIntegral } from '@gradus/storage';
import { multiplyDirect } from './direct.ts';
import { multiplyIntegers } from './integer.ts';
import { forEachHostProduct, type Product } from './matrix.ts';
import { multiplyPacked } from './packed.ts';

/** Multiplications below which packing costs more than it saves. */
const MIN_PACKED = 24 * 24 * 24;

/** output [..., m, n] = a [..., m, k] b [..., k, n], of any dtype and any strides. */
export function multiply(a: HostView, b: HostView, output: HostView, accumulate: boolean): void {
  if (isIntegral(output.dtype))
    forEachHostProduct(a, b, output, (product) => multiplyIntegers(product, output.dtype, accumulate));
  else if (isHalf(output.dtype))
    forEachHostProduct(a, b, output, (product) => multiplyHalves(product, output.dtype, accumulate));
  else forEachHostProduct(a, b, output, (product) => multiplyFloats(product, accumulate));
}

function multiplyFloats(product: Product, accumulate: boolean): void {
  const { rows, columns, depth } = product;
  const isThin = rows < 4 || columns < 4;
  if (isThin || rows * columns * depth < MIN_PACKED) multiplyDirect(product, accumulate);
  else multiplyPacked(product, accumulate);
}

/** Halves are decoded to doubles, multiplied, and rounded once. */
function multiplyHalves(product: Product, dtype: DType, accumulate: boolean): void {
  const { a, b, out, rows, columns, depth } = product;
  const decode = decoderOf(dtype);
  const encode = encoderOf(dtype);
  const decoded = (matrix: Product['a'], m: number, n: number): Product['a'] => {
    const data = new Float64Array(m * n);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const stored = matrix.data[matrix.offset + i * matrix.rowStride + j * matrix.columnStride] as number;
        data[i * n + j] = decode(stored);
      }
    }
    return { data, offset: 0, rowStride: n, columnStride: 1 };
  };
  const result = decoded(out, rows, columns);
  multiplyFloats({ ...product, a: decoded(a, rows, depth), b: decoded(b, depth, columns), out: result }, accumulate);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const position = out.offset + i * out.rowStride + j * out.columnStride;
      out.data[position] = encode(result.data[i * columns + j] as number);
    }
  }
}
