import { BLOCK_WORKGROUP, type Block } from '../codegen/block-source.ts';
import type { Tile } from '../codegen/tile-source.ts';
import type { ProductSizes } from './product-plan.ts';

/** How a product is computed: by tiles, by blocks of an invocation each, or by elements with a workgroup each. */
export type Way = Tile | Block | 'dot';

type TileName = 'large' | 'high' | 'broad' | 'dense' | 'middle' | 'small' | 'wide' | 'tall';

/** Tiles from large to small, and two for thin products. */
export const tiles: Readonly<Record<TileName, Tile>> = {
  large: { rows: 128, columns: 128, depth: 8, threadRows: 8, threadColumns: 8 },
  high: { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 8 },
  broad: { rows: 64, columns: 128, depth: 16, threadRows: 8, threadColumns: 8 },
  dense: { rows: 64, columns: 64, depth: 16, threadRows: 8, threadColumns: 8 },
  middle: { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 4 },
  small: { rows: 32, columns: 32, depth: 16, threadRows: 4, threadColumns: 4 },
  wide: { rows: 16, columns: 128, depth: 16, threadRows: 4, threadColumns: 4 },
  tall: { rows: 128, columns: 16, depth: 16, threadRows: 4, threadColumns: 4 },
};

/** Extents of blocks. */
const EXTENTS = [1, 4, 8] as const;

const blocks: readonly Block[] = EXTENTS.flatMap((blockRows) => {
  return EXTENTS.map((blockColumns): Block => ({ blockRows, blockColumns }));
});

/** The block of about so many rows and columns. */
export function blockOf(rows: number, columns: number): Block {
  const extent = (n: number): number => (n >= 5 ? 8 : n >= 2 ? 4 : 1);
  const at = blocks.findIndex((block) => block.blockRows === extent(rows) && block.blockColumns === extent(columns));
  return blocks[at] as Block;
}

/** Every way there is, by its name. */
export const ways: ReadonlyMap<string, Way> = new Map<string, Way>([
  ...Object.entries(tiles),
  ...blocks.map((block) => [`block ${block.blockRows}x${block.blockColumns}`, block] as const),
  ['dot', 'dot'],
]);

const names = new Map([...ways].map(([name, way]) => [way, name]));

const codes = new Map([...ways.values()].map((way, code) => [way, code]));

export function nameOf(way: Way): string {
  return names.get(way) as string;
}

/** A small number per way, for keys of pipelines. */
export function wayCode(way: Way): number {
  return codes.get(way) as number;
}

export function isTile(way: Way): way is Tile {
  return way !== 'dot' && 'threadRows' in way;
}

/** Workgroups that it takes without parts; of invocations that compute blocks also a fraction of one. */
export function groupsOf(way: Way, { batch, rows, columns }: ProductSizes): number {
  if (way === 'dot') return batch * rows * columns;
  if (isTile(way)) return batch * Math.ceil(rows / way.rows) * Math.ceil(columns / way.columns);
  return (batch * Math.ceil(rows / way.blockRows) * Math.ceil(columns / way.blockColumns)) / BLOCK_WORKGROUP;
}
