import type { Engine, KernelSource, Kernels } from '../engine.ts';
import { packWindowsKernel } from '../kernels/window-code.ts';
import type { Allocator } from '../memory/allocator.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { blockKernel } from './block-code.ts';
import { type ElementCode, type ElementType, elementCodes } from './element-type.ts';
import { packKernel, packPanelsKernel } from './pack-code.ts';
import { MAX_DEPTH, PLACE_BYTES, productKernel, productsKernel, type RightOperand } from './product-code.ts';
import { tileKernel } from './tile-code.ts';

/** A matrix in linear memory: its address, and its strides in bytes. */
export interface MatrixPlace {
  readonly pointer: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/**
 * Products of one size and of the same strides: c [rows, columns] = (or +=) a [rows, depth] b [depth, columns] each, or the sum
 * of several such terms.
 */
export interface Products {
  /** Addresses of a, b and c of the first product, those of the second one, ... */
  readonly places: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly a: Strides;
  /** Of windows: the addresses of the tables of their rows and of their columns. */
  readonly b: Strides;
  readonly c: Strides;
  readonly accumulate: boolean;
  /** How many terms are added up, and how many bytes the next one's a and b lie behind; default: one. */
  readonly terms?: { readonly count: number; readonly a: number; readonly b: number };
}

/** Bytes from row to row and from column to column. */
export type Strides = Omit<MatrixPlace, 'pointer'>;

/** Columns whose panels stay in the second-level cache while the rows pass by. */
const MAX_COLUMNS = 1024;

/** Rows whose panels stay there too. */
const MAX_ROWS = 384;

/** Rows from which on copying b into panels pays. */
const MIN_PACKED_ROWS = 16;

/** Nanoseconds of a multiplication and an addition. */
const STEP_COST = 0.04;

/** Nanoseconds of copying an element into a panel. */
const PACK_COST = 0.3;

const ONE_TERM = { count: 1, a: 0, b: 0 };

/** Products of matrices of one element type, or of matrices by windows of images. */
export class Gemm {
  readonly code: ElementCode;
  readonly tileRows: number;
  readonly #right: RightOperand;
  readonly #engine: Engine;
  readonly #allocator: Allocator;
  readonly #kernels: Kernels;

  constructor(engine: Engine, allocator: Allocator, type: ElementType, right: RightOperand = 'columns') {
    this.code = elementCodes[type];
    this.tileRows = tileRowsOf(engine);
    this.#right = right;
    this.#engine = engine;
    this.#allocator = allocator;
    this.#kernels = engine.compile({
      ...blockSources(this.code, this.tileRows),
      packPanels: packPanelsKernel(this.code, this.tileRows),
      ...(right === 'windows'
        ? { packWindows: packWindowsKernel(this.code) }
        : { packColumns: packKernel(this.code, this.code.columns) }),
      product: productKernel(this.code, this.tileRows, right),
      products: productsKernel(this.tileRows, right),
    });
  }

  run(products: Products): void {
    const { places, rows, columns, a } = products;
    if (places.length === 0 || rows === 0 || columns === 0) return;
    const blocks = blocksOf(this.#engine, this, products);
    const packsA = a.columnStride !== this.code.size && columns > this.code.columns;
    if (packsA && blocks.columns < columns) this.#runPacked(products, blocks);
    else this.#runBlocks(products, blocks, packsA, this.tileRows * a.rowStride);
  }

  /** Each depth block's panels of a are made first, for all column blocks; product after product. */
  #runPacked(products: Products, blocks: Blocks): void {
    const { places, rows, depth, a, b } = products;
    const { size } = this.code;
    const panels = Math.ceil(rows / this.tileRows);
    this.#allocator.lend(panels * this.tileRows * Math.min(depth, MAX_DEPTH) * size, (pointer) => {
      for (let p = 0; p < places.length; p += 3) {
        const [from, right, to] = places.slice(p, p + 3) as [number, number, number];
        for (let k = 0; k === 0 || k < depth; k += MAX_DEPTH) {
          const length = Math.min(MAX_DEPTH, depth - k);
          const source = from + k * a.columnStride;
          const split = { total: panels, cost: PACK_COST * this.tileRows * length };
          const packPanels = this.#kernels.packPanels as RangeKernel;
          this.#engine.parallel(packPanels, split, source, a.rowStride, a.columnStride, rows, length, pointer);
          const part: Products = {
            ...products,
            places: [pointer, right + k * b.rowStride, to],
            depth: length,
            a: { rowStride: size, columnStride: this.tileRows * size },
            accumulate: products.accumulate || k > 0,
          };
          this.#runBlocks(part, blocks, false, this.tileRows * size * length);
        }
      }
    });
  }

  #runBlocks(products: Products, blocks: Blocks, packsA: boolean, aTile: number): void {
    const { places, rows, columns, depth, a, b, c, accumulate, terms = ONE_TERM } = products;
    const { size } = this.code;
    const packsB =
      this.#right === 'windows' || b.columnStride !== size || (rows > MIN_PACKED_ROWS && columns > this.code.columns);
    const deep = Math.min(depth, MAX_DEPTH) * size;
    const ownOfB = packsA ? blocks.rows * deep : 0;
    const ownBytes = ownOfB + (packsB ? blocks.columns * deep : 0);
    const tableBytes = Math.ceil((PLACE_BYTES * places.length) / 3 / 16) * 16;
    this.#allocator.lend(tableBytes + this.#engine.threads * ownBytes, (table) => {
      this.#engine.memory.array('int32').set(places, table / 4);
      this.#engine.parallel(
        this.#kernels.products as RangeKernel,
        { total: (places.length / 3) * blocks.count, cost: blocks.cost },
        ...[table, rows, columns, blocks.rows, blocks.columns],
        ...[table + tableBytes, ownBytes, ownOfB],
        ...[depth, a.rowStride, aTile, a.columnStride, Number(packsA)],
        ...[b.columnStride, b.rowStride, Number(packsB), c.rowStride, c.columnStride, Number(accumulate)],
        ...[terms.count, terms.a, terms.b],
      );
    });
  }
}

/** Sums, one row of b and one element of a fill the registers; without a fused instruction a product takes one more. */
export function tileRowsOf({ relaxedSimd }: Engine): number {
  return relaxedSimd ? 6 : 4;
}

/** The functions that a product consists of, but for how b gets into panels. */
export function blockSources(code: ElementCode, tileRows: number): Readonly<Record<string, KernelSource>> {
  const tiles = Array.from({ length: tileRows }, (_, r) => [`tile${r + 1}`, tileKernel(code, r + 1)] as const);
  return {
    ...Object.fromEntries(tiles),
    block: blockKernel(code, tileRows),
    packRows: packKernel(code, tileRows),
  };
}

/** How a product is cut. */
interface Blocks {
  readonly rows: number;
  readonly columns: number;
  /** Blocks of one product. */
  readonly count: number;
  /** Nanoseconds that a block takes. */
  readonly cost: number;
}

/**
 * Blocks for all threads, and for the caches. Columns are cut first: panels of b belong to one block then. That changes no bit of
 * the results.
 */
function blocksOf(
  engine: Engine,
  { code, tileRows }: Pick<Gemm, 'code' | 'tileRows'>,
  { places, rows, columns, depth, terms = ONE_TERM }: Pick<Products, 'places' | 'rows' | 'columns' | 'depth' | 'terms'>,
): Blocks {
  const products = places.length / 3;
  const work = (rows * STEP_COST + PACK_COST) * columns * depth * terms.count * (code.size / 4);
  const wanted = Math.ceil(engine.pieces(work * products) / products);
  const width = blockSize(columns, wanted, code.columns, MAX_COLUMNS);
  const across = Math.ceil(columns / width);
  const height = blockSize(rows, Math.ceil(wanted / across), tileRows, MAX_ROWS);
  const count = across * Math.ceil(rows / height);
  return { rows: height, columns: width, count, cost: work / count };
}

/** The length of `count` blocks, or of more if they would be too long: all about the same, and a multiple of `unit`. */
function blockSize(length: number, count: number, unit: number, longest: number): number {
  return Math.ceil(length / Math.max(count, Math.ceil(length / longest)) / unit) * unit;
}
