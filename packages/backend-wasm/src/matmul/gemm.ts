import type { Engine, Kernels } from '../engine.ts';
import type { Allocator } from '../memory/allocator.ts';
import { blockKernel } from './block-code.ts';
import { type ElementType, elementCodes } from './element-type.ts';
import { packKernel } from './pack-code.ts';
import { tileKernel } from './tile-code.ts';

/** A matrix in linear memory: its address, and its strides in bytes. */
export interface MatrixPlace {
  readonly pointer: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Depth of a panel: one of a and one of b fit the first-level cache together. */
export const MAX_DEPTH = 256;

/** Columns whose panels stay in the second-level cache while the rows pass by. */
const MAX_COLUMNS = 1024;

/** Rows whose panels stay there too. */
const MAX_ROWS = 384;

/** Rows from which on copying b into panels pays. */
const MIN_PACKED_ROWS = 16;

/** Products of matrices of one element type. */
export class Gemm {
  readonly #allocator: Allocator;
  readonly #size: number;
  readonly #tileRows: number;
  readonly #tileColumns: number;
  readonly #kernels: Kernels;

  constructor(engine: Engine, allocator: Allocator, type: ElementType) {
    const code = elementCodes[type];
    this.#allocator = allocator;
    this.#size = code.size;
    this.#tileColumns = code.columns;
    // Sums, one row of b and one element of a fill the registers; without a fused instruction a product takes one more.
    this.#tileRows = engine.relaxedSimd ? 6 : 4;
    const tiles = Array.from({ length: this.#tileRows }, (_, r) => [`tile${r + 1}`, tileKernel(code, r + 1)] as const);
    this.#kernels = engine.compile({
      ...Object.fromEntries(tiles),
      block: blockKernel(code, this.#tileRows),
      packRows: packKernel(code, this.#tileRows),
      packColumns: packKernel(code, this.#tileColumns),
    });
  }

  /** out [rows, columns] = (or +=) a [rows, depth] b [depth, columns]. */
  multiply(
    a: MatrixPlace,
    b: MatrixPlace,
    out: MatrixPlace,
    rows: number,
    columns: number,
    depth: number,
    accumulate: boolean,
  ): void {
    const packsB = b.columnStride !== this.#size || (rows > MIN_PACKED_ROWS && columns > this.#tileColumns);
    const packsA = a.columnStride !== this.#size && columns > this.#tileColumns;
    const bytes = (packs: boolean, lines: number, width: number): number =>
      packs ? Math.ceil(lines / width) * width * Math.min(depth, MAX_DEPTH) * this.#size : 0;
    const aBytes = bytes(packsA, Math.min(rows, MAX_ROWS), this.#tileRows);
    const bBytes = bytes(packsB, Math.min(columns, MAX_COLUMNS), this.#tileColumns);
    this.#allocator.lend(aBytes + bBytes, (pointer) => {
      const [aPanels, bPanels] = [packsA ? pointer : 0, packsB ? pointer + aBytes : 0];
      this.#multiplyBlocks(a, b, out, [rows, columns, depth], accumulate, aPanels, bPanels);
    });
  }

  /** Panels of both operands go where there is room for them; 0 leaves an operand where it is. */
  #multiplyBlocks(
    a: MatrixPlace,
    b: MatrixPlace,
    out: MatrixPlace,
    [rows, columns, depth]: readonly [number, number, number],
    accumulate: boolean,
    aPanels: number,
    bPanels: number,
  ): void {
    // Without depth there is one block still, which clears the output.
    for (let k = 0; k === 0 || k < depth; k += MAX_DEPTH) {
      const length = Math.min(MAX_DEPTH, depth - k);
      for (let j = 0; j < columns; j += MAX_COLUMNS) {
        const width = Math.min(MAX_COLUMNS, columns - j);
        const right = this.#columnPanels(moved(b, k, j), width, length, bPanels);
        for (let i = 0; i < rows; i += MAX_ROWS) {
          const height = Math.min(MAX_ROWS, rows - i);
          const left = this.#rowPanels(moved(a, i, k), height, length, aPanels);
          const { pointer, rowStride, columnStride } = moved(out, i, j);
          const target = [pointer, rowStride, columnStride];
          this.#kernels.block?.(...left, ...right, ...target, height, width, length, Number(accumulate || k > 0));
        }
      }
    }
  }

  /** out = (or +=) a [rows, depth] b [depth, columns], with b in panels already and at most MAX_DEPTH deep. */
  multiplyPanels(
    a: MatrixPlace,
    panels: number,
    out: MatrixPlace,
    rows: number,
    columns: number,
    depth: number,
    accumulate: boolean,
  ): void {
    const bytes = this.#tileColumns * this.#size;
    const left = this.#rowPanels(a, rows, depth, 0);
    const right = [panels, bytes * depth, bytes];
    const target = [out.pointer, out.rowStride, out.columnStride];
    this.#kernels.block?.(...left, ...right, ...target, rows, columns, depth, Number(accumulate));
  }

  /** Address, stride from panel to panel and stride along the depth of b's columns, copied to `panels` unless that is 0. */
  #columnPanels(b: MatrixPlace, columns: number, depth: number, panels: number): [number, number, number] {
    const bytes = this.#tileColumns * this.#size;
    if (panels === 0) return [b.pointer, bytes, b.rowStride];
    this.#kernels.packColumns?.(b.pointer, b.columnStride, b.rowStride, columns, depth, panels);
    return [panels, bytes * depth, bytes];
  }

  /** Address, row stride, stride from tile to tile and stride along the depth of a's rows. */
  #rowPanels(a: MatrixPlace, rows: number, depth: number, panels: number): [number, number, number, number] {
    const { pointer, rowStride, columnStride } = a;
    if (panels === 0) return [pointer, rowStride, rowStride * this.#tileRows, columnStride];
    this.#kernels.packRows?.(pointer, rowStride, columnStride, rows, depth, panels);
    const bytes = this.#tileRows * this.#size;
    return [panels, this.#size, bytes * depth, bytes];
  }
}

function moved({ pointer, rowStride, columnStride }: MatrixPlace, row: number, column: number): MatrixPlace {
  return { pointer: pointer + row * rowStride + column * columnStride, rowStride, columnStride };
}
