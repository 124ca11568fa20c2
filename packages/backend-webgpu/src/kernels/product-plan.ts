import { blockOf, groupsOf, isTile, tiles, type Way } from './product-ways.ts';

/** The sizes of a product. */
export interface ProductSizes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export interface Plan {
  readonly way: Way;
  /** In how many parts the depth is summed. */
  readonly parts: number;
}

/** Workgroups that keep a GPU busy. A processor that plays one is so with any. */
export const BUSY: Readonly<Record<'gpu' | 'software', number>> = { gpu: 128, software: 1 };

/** Workgroups that the parts of a sum make up: on a processor some for each of its cores. */
const SHARED: typeof BUSY = { gpu: BUSY.gpu, software: 8 };

/** Terms that a part of a sum has at least. */
const PART = 256;

const MOST_PARTS = 256;

/** Parts have a multiple of so many terms, and so have the slices of all tiles: sums don't depend on the way. */
export const PART_UNIT = 16;

/** Up to so many multiplications per product, bringing slices to shared memory costs more than it saves. */
const TINY = 2 ** 15;

/** Up to so many rows or columns, tiles would be mostly empty. */
const VECTORS = 2;

/** Up to so many rows, even those of the thin tiles would be. */
const FEW = 8;

/** Up to so many rows or columns, thin tiles suit. */
const THIN = 16;

/**
 * Which way suits sizes and layouts. `alongDepth`: whether the larger factor lies along the depth. Where a processor plays the GPU,
 * shared memory is memory like any other, and barriers are expensive.
 */
export function planProduct(sizes: ProductSizes, alongDepth: boolean, isSoftware: boolean): Plan {
  const way = isSoftware ? blockOf(sizes.rows, sizes.columns) : chooseWay(sizes, alongDepth);
  return { way, parts: chooseParts(way, sizes, SHARED[isSoftware ? 'software' : 'gpu']) };
}

function chooseWay(sizes: ProductSizes, alongDepth: boolean): Way {
  const { rows, columns, depth, batch } = sizes;
  if (rows * columns * depth <= TINY || Math.min(rows, columns) <= VECTORS) {
    const isLong = depth >= 128 && (alongDepth || batch * rows * columns < 1024);
    return isLong ? 'dot' : blockOf(1, 1);
  }
  if (rows <= FEW && columns > 2 * THIN) return blockOf(rows, 4);
  if (rows <= THIN && columns > 2 * THIN) return tiles.wide;
  if (columns <= THIN && rows > 2 * THIN) return tiles.tall;
  for (const tile of [tiles.large, tiles.middle]) {
    if (groupsOf(tile, sizes) >= BUSY.gpu && 2 * rows > tile.rows && 2 * columns > tile.columns) return tile;
  }
  return tiles.small;
}

/** Few results of many terms are summed in parts, to have work for all of the GPU. */
function chooseParts(way: Way, sizes: ProductSizes, groups: number): number {
  const wanted = Math.ceil(groups / groupsOf(way, sizes));
  const least = way === 'dot' ? 4 * PART : PART;
  return Math.max(1, Math.min(wanted, Math.floor(sizes.depth / least), MOST_PARTS));
}

/** Whether other ways may do better and sum in the same order. */
export function hasAlternatives({ way }: Plan, { rows, columns }: ProductSizes): boolean {
  return way !== 'dot' && Math.min(rows, columns) > VECTORS;
}

/** Ways that may do better than the planned one, and this as the first. */
export function alternatives({ way }: Plan, { rows, columns }: ProductSizes): readonly Way[] {
  const few = blockOf(rows, 4);
  const others: readonly Way[] =
    Math.min(rows, columns) <= THIN
      ? [rows < columns ? tiles.wide : tiles.tall, few, tiles.small]
      : [tiles.large, tiles.high, tiles.broad, tiles.dense, tiles.middle, tiles.small];
  const area = (one: Way): number => {
    if (!isTile(one)) return rows * columns;
    return Math.ceil(rows / one.rows) * one.rows * Math.ceil(columns / one.columns) * one.columns;
  };
  const least = Math.min(...others.map(area));
  return [way, ...others.filter((other) => other !== way && area(other) <= 1.5 * least)];
}
