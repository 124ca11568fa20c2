import type { TypedArray } from '@gradus/storage';
import type { Matrix, Product } from './matrix.ts';

// The layout of Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): operands are copied
// into panels that the inner loop reads from start to end, whatever their strides were. Panels hold doubles, so that
// no conversion is left in the inner loop.

export const TILE_ROWS = 2;
export const TILE_COLUMNS = 4;

/** Depth of a panel: one of a (2 rows) and one of b (4 columns) fit the first-level cache together. */
const MAX_DEPTH = 512;

/** Columns of b whose panels stay in the second-level cache while the rows pass by. */
const COLUMN_BLOCK = 256;

/** Reused between calls; grown as needed. */
let scratchA: Float64Array = new Float64Array(0);
let scratchB: Float64Array = new Float64Array(0);

/** A product of float32 or float64 matrices. */
export function multiplyPacked(product: Product, accumulate: boolean): void {
  const { a, b, out, rows, columns, depth } = product;
  for (let start = 0; start < depth; start += MAX_DEPTH) {
    const length = Math.min(MAX_DEPTH, depth - start);
    scratchA = grown(scratchA, roundUp(rows, TILE_ROWS) * length);
    scratchB = grown(scratchB, roundUp(columns, TILE_COLUMNS) * length);
    packRows(a, start, rows, length, scratchA);
    packColumns(b, start, columns, length, scratchB);
    multiplyPanels(scratchA, scratchB, out, rows, columns, length, accumulate || start > 0);
  }
}

export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/** Memory of at least `length` elements, the given one where it is large enough. */
export function grown(scratch: Float64Array, length: number): Float64Array {
  return scratch.length >= length ? scratch : new Float64Array(length);
}

/** Panels of two rows: (i, k), (i + 1, k), (i, k + 1), ...; a missing second row is zeros. */
export function packRows(a: Matrix, start: number, rows: number, depth: number, into: Float64Array): void {
  const { data, rowStride, columnStride } = a;
  let to = 0;
  for (let i = 0; i < rows; i += TILE_ROWS) {
    let p = a.offset + i * rowStride + start * columnStride;
    if (i + 1 < rows) {
      for (let k = 0; k < depth; k++) {
        into[to] = data[p] as number;
        into[to + 1] = data[p + rowStride] as number;
        to += 2;
        p += columnStride;
      }
    } else {
      for (let k = 0; k < depth; k++) {
        into[to] = data[p] as number;
        into[to + 1] = 0;
        to += 2;
        p += columnStride;
      }
    }
  }
}

/** Panels of four columns: (k, j) to (k, j + 3), (k + 1, j), ...; missing columns are zeros. */
export function packColumns(b: Matrix, start: number, columns: number, depth: number, into: Float64Array): void {
  const { data, rowStride, columnStride } = b;
  const whole = columns - (columns % TILE_COLUMNS);
  let to = 0;
  for (let j = 0; j < whole; j += TILE_COLUMNS) {
    let p = b.offset + start * rowStride + j * columnStride;
    for (let k = 0; k < depth; k++) {
      into[to] = data[p] as number;
      into[to + 1] = data[p + columnStride] as number;
      into[to + 2] = data[p + 2 * columnStride] as number;
      into[to + 3] = data[p + 3 * columnStride] as number;
      to += 4;
      p += rowStride;
    }
  }
  if (whole < columns) packLastColumns(b, start, whole, columns, depth, into, to);
}

function packLastColumns(
  b: Matrix,
  start: number,
  from: number,
  columns: number,
  depth: number,
  into: Float64Array,
  to: number,
): void {
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < TILE_COLUMNS; j++) {
      const position = b.offset + (start + k) * b.rowStride + (from + j) * b.columnStride;
      into[to + k * TILE_COLUMNS + j] = from + j < columns ? (b.data[position] as number) : 0;
    }
  }
}

const tile = new Float64Array(TILE_ROWS * TILE_COLUMNS);

/** out = (or +=) a b, from the panels of both. */
export function multiplyPanels(
  a: Float64Array,
  b: Float64Array,
  out: Matrix,
  rows: number,
  columns: number,
  depth: number,
  accumulate: boolean,
): void {
  for (let block = 0; block < columns; block += COLUMN_BLOCK) {
    const end = Math.min(block + COLUMN_BLOCK, columns);
    for (let i = 0; i < rows; i += TILE_ROWS) {
      for (let j = block; j < end; j += TILE_COLUMNS) {
        multiplyTile(a, i * depth, b, j * depth, depth);
        const position = out.offset + i * out.rowStride + j * out.columnStride;
        storeTile(
          out.data,
          position,
          out.rowStride,
          out.columnStride,
          Math.min(TILE_ROWS, rows - i),
          Math.min(TILE_COLUMNS, columns - j),
          accumulate,
        );
      }
    }
  }
}

/** tile [2, 4] = one panel of a times one panel of b: eight sums that stay in registers. */
function multiplyTile(a: Float64Array, aStart: number, b: Float64Array, bStart: number, depth: number): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let q = bStart;
  const end = aStart + 2 * depth;
  for (let p = aStart; p < end; p += 2) {
    const x0 = a[p] as number;
    const x1 = a[p + 1] as number;
    const y0 = b[q] as number;
    const y1 = b[q + 1] as number;
    const y2 = b[q + 2] as number;
    const y3 = b[q + 3] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    q += 4;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
}

function storeTile(
  data: TypedArray,
  position: number,
  rowStride: number,
  columnStride: number,
  rows: number,
  columns: number,
  accumulate: boolean,
): void {
  for (let i = 0; i < rows; i++) {
    let to = position + i * rowStride;
    for (let j = 0; j < columns; j++) {
      const value = tile[i * TILE_COLUMNS + j] as number;
      data[to] = accumulate ? (data[to] as number) + value : value;
      to += columnStride;
    }
  }
}
