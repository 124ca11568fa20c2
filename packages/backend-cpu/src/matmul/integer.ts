import { type DType, encoderOf } from '@gradus/storage';
import type { Product } from './matrix.ts';

let scratch: Int32Array = new Int32Array(0);

/** An exact product of integers, modulo 2^32 and then as the dtype holds it. Row by row, so that b is read in order. */
export function multiplyIntegers(
  { a, b, out, rows, columns, depth }: Product,
  dtype: DType,
  accumulate: boolean,
): void {
  const encode = encoderOf(dtype);
  if (scratch.length < columns) scratch = new Int32Array(columns);
  const sums = scratch;
  for (let i = 0; i < rows; i++) {
    const to = out.offset + i * out.rowStride;
    for (let j = 0; j < columns; j++) sums[j] = accumulate ? (out.data[to + j * out.columnStride] as number) : 0;
    for (let k = 0; k < depth; k++) {
      const x = a.data[a.offset + i * a.rowStride + k * a.columnStride] as number;
      let from = b.offset + k * b.rowStride;
      for (let j = 0; j < columns; j++) {
        sums[j] = (sums[j] as number) + Math.imul(x, b.data[from] as number);
        from += b.columnStride;
      }
    }
    for (let j = 0; j < columns; j++) out.data[to + j * out.columnStride] = encode(sums[j] as number);
  }
}
