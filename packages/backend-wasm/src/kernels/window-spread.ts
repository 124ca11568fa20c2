import type { Engine, Kernels } from '../engine.ts';
import { type ElementType, elementCodes } from '../matmul/element-type.ts';
import { blockSources, tileRowsOf } from '../matmul/gemm.ts';
import { packKernel } from '../matmul/pack-code.ts';
import { MAX_DEPTH, productKernel } from '../matmul/product-code.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { addWindowsKernel } from './window-code.ts';
import { spreadProductsKernel } from './window-spread-code.ts';

/** Products of contiguous matrices whose elements are added to images. */
export interface SpreadProducts {
  /** Addresses of a, b and the image of the first product, those of the second one, ... */
  readonly places: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Rows that belong to one plane of the image. */
  readonly plane: number;
  /** Bytes from row to row. */
  readonly aRow: number;
  readonly bRow: number;
  /** Addresses of the tables of where rows and columns lie. */
  readonly rowTable: number;
  readonly columnTable: number;
}

/** Columns of a product that are made before they are spread: they stay in the first-level caches. */
const COLUMNS = 256;

/** Nanoseconds of a multiplication and an addition, and of adding an element to an image. */
const STEP_COST = 0.04;
const SPREAD_COST = 1;

/** Runs such products for one element type. */
export class SpreadRunner {
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #type: ElementType;
  readonly #kernels: Kernels;

  constructor(engine: Engine, allocator: Allocator, type: ElementType) {
    const code = elementCodes[type];
    const tileRows = tileRowsOf(engine);
    this.#engine = engine;
    this.#allocator = allocator;
    this.#type = type;
    this.#kernels = engine.compile({
      ...blockSources(code, tileRows),
      packColumns: packKernel(code, code.columns),
      product: productKernel(code, tileRows, 'columns'),
      addWindows: addWindowsKernel(code),
      spreadProducts: spreadProductsKernel(code, tileRows),
    });
  }

  run({ places, rows, columns, depth, plane, aRow, bRow, rowTable, columnTable }: SpreadProducts): void {
    const { columns: tileColumns, size } = elementCodes[this.#type];
    const count = places.length / 3;
    if (count * rows * columns === 0) return;
    const work = rows * columns * (depth * STEP_COST + SPREAD_COST);
    // Few images are cut into planes, which no two threads share.
    const wanted = Math.ceil(this.#engine.pieces(work * count) / count);
    const rowBlock = Math.ceil(rows / plane / wanted) * plane;
    const blocks = Math.ceil(rows / rowBlock);
    const columnBlock = Math.min(Math.ceil(columns / tileColumns) * tileColumns, COLUMNS);
    const ownOfC = columnBlock * Math.min(depth, MAX_DEPTH) * size;
    const ownBytes = ownOfC + rowBlock * columnBlock * size;
    const tableBytes = Math.ceil((4 * places.length) / 16) * 16;
    this.#allocator.lend(tableBytes + this.#engine.threads * ownBytes, (table) => {
      this.#engine.memory.array('int32').set(places, table / 4);
      this.#engine.parallel(
        this.#kernels.spreadProducts as RangeKernel,
        { total: count * blocks, cost: work / blocks },
        ...[table, rows, columns, depth, rowBlock, columnBlock, aRow, bRow, rowTable, columnTable],
        ...[table + tableBytes, ownBytes, ownOfC],
      );
    });
  }
}
