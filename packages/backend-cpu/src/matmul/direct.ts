import { type Product, transposeProduct } from './matrix.ts';

/** Products too small or too thin to be worth packing: four columns at a time, straight from the operands' memory. */
export function multiplyDirect(product: Product, accumulate: boolean): void {
  if (product.columns < 4 && product.rows > product.columns) multiplyRows(transposeProduct(product), accumulate);
  else multiplyRows(product, accumulate);
}

function multiplyRows({ a, b, out, rows, columns, depth }: Product, accumulate: boolean): void {
  const [aData, bData, outData] = [a.data, b.data, out.data];
  const [aStep, bStep, bColumn, outColumn] = [a.columnStride, b.rowStride, b.columnStride, out.columnStride];
  const wide = columns - (columns % 4);
  for (let i = 0; i < rows; i++) {
    const aRow = a.offset + i * a.rowStride;
    let to = out.offset + i * out.rowStride;
    for (let j = 0; j < wide; j += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let from = b.offset + j * bColumn;
      let p = aRow;
      for (let k = 0; k < depth; k++) {
        const x = aData[p] as number;
        s0 += x * (bData[from] as number);
        s1 += x * (bData[from + bColumn] as number);
        s2 += x * (bData[from + 2 * bColumn] as number);
        s3 += x * (bData[from + 3 * bColumn] as number);
        p += aStep;
        from += bStep;
      }
      if (accumulate) {
        s0 += outData[to] as number;
        s1 += outData[to + outColumn] as number;
        s2 += outData[to + 2 * outColumn] as number;
        s3 += outData[to + 3 * outColumn] as number;
      }
      outData[to] = s0;
      outData[to + outColumn] = s1;
      outData[to + 2 * outColumn] = s2;
      outData[to + 3 * outColumn] = s3;
      to += 4 * outColumn;
    }
    for (let j = wide; j < columns; j++) {
      let sum = accumulate ? (outData[to] as number) : 0;
      let from = b.offset + j * bColumn;
      let p = aRow;
      for (let k = 0; k < depth; k++) {
        sum += (aData[p] as number) * (bData[from] as number);
        p += aStep;
        from += bStep;
      }
      outData[to] = sum;
      to += outColumn;
    }
  }
}
