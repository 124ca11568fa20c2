import type { Tile } from '../codegen/tile-source.ts';
import { workgroupsFor } from './workgroups.ts';

/** The sizes of a product, and along which axes its factors lie. */
export interface ProductSizes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** How a product is computed: by tiles, by elements with an invocation each, or by elements with a workgroup each. */
export type Way = Tile | 'element' | 'dot';

export interface Plan {
  readonly way: Way;
  /** In how many parts the depth is summed. */
  readonly parts: number;
}

/** Tiles from large to small, and two for thin products. */
export const tiles: Readonly<Record<'large' | 'middle' | 'small' | 'wide' | 'tall', Tile>> = {
  large: { rows: 128, columns: 128, depth: 8, threadRows: 8, threadColumns: 8 },
  middle: { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 4 },
  small: { rows: 32, columns: 32, depth: 16, threadRows: 4, threadColumns: 4 },
  wide: { rows: 16, columns: 128, depth: 16, threadRows: 4, threadColumns: 4 },
  tall: { rows: 128, columns: 16, depth: 16, threadRows: 4, threadColumns: 4 },
};

/** Every way there is; a way's number in keys of pipelines is its place. */
export const ways: readonly Way[] = [...Object.values(tiles), 'element', 'dot'];

/** Workgroups that keep a GPU busy. A processor that plays one is so with any, and the largest tiles cost it least. */
export const BUSY: Readonly<Record<'gpu' | 'software', number>> = { gpu: 128, software: 1 };

/** Terms that a part of a sum has at least. */
const PART = 256;

const MOST_PARTS = 64;

/** Up to so many multiplications per product, bringing slices to shared memory costs more than it saves. */
const TINY = 2 ** 15;

/** Up to so many rows or columns, tiles would be mostly empty. */
const VECTORS = 2;

/** Up to so many rows or columns, those of the thin tiles would be. */
const THIN = 16;

/** Which way suits sizes and layouts. `alongDepth`: whether the larger factor lies along the depth. */
export function planProduct(sizes: ProductSizes, alongDepth: boolean, busy: number): Plan {
  const way = chooseWay(sizes, alongDepth, busy);
  return { way, parts: chooseParts(way, sizes, busy) };
}

function chooseWay(sizes: ProductSizes, alongDepth: boolean, busy: number): Way {
  const { rows, columns, depth, batch } = sizes;
  if (rows * columns * depth <= TINY || Math.min(rows, columns) <= VECTORS) {
    const isLong = depth >= 128 && (alongDepth || batch * rows * columns < 1024);
    return isLong ? 'dot' : 'element';
  }
  if (rows <= THIN && columns > 2 * THIN) return tiles.wide;
  if (columns <= THIN && rows > 2 * THIN) return tiles.tall;
  for (const tile of [tiles.large, tiles.middle]) {
    if (groupsOf(tile, sizes) >= busy && 2 * rows > tile.rows && 2 * columns > tile.columns) return tile;
  }
  return tiles.small;
}

/** Few results of many terms are summed in parts, to have work for all of the GPU. */
function chooseParts(way: Way, sizes: ProductSizes, busy: number): number {
  const wanted = Math.ceil(busy / groupsOf(way, sizes));
  const least = way === 'dot' ? 4 * PART : PART;
  return Math.max(1, Math.min(wanted, Math.floor(sizes.depth / least), MOST_PARTS));
}

/** Workgroups that it takes without parts. */
export function groupsOf(way: Way, { batch, rows, columns }: ProductSizes): number {
  if (way === 'dot') return batch * rows * columns;
  if (way === 'element') return workgroupsFor(batch * rows * columns);
  return batch * Math.ceil(rows / way.rows) * Math.ceil(columns / way.columns);
}
