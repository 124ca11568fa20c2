import { forEachBlock, type Grid } from '@gradus/backend';
import type { Allocator } from './memory/allocator.ts';
import type { LinearMemory } from './memory/linear-memory.ts';

/** Blocks from which on kernels walk them by themselves: launches would cost more than the table. */
const MANY_BLOCKS = 8;

/** Blocks that a table has room for. */
const MAX_BLOCKS = 4096;

/** Whether a grid has so many blocks that a kernel is given all of them. */
export function hasManyBlocks({ blocks, rows, columns }: Grid): boolean {
  return blocks.length > 0 && rows * columns > 0 && countOf(blocks) >= MANY_BLOCKS;
}

/** Runs `body` with tables of the addresses of operands, block after block, and with how many blocks a table has. */
export function forEachTable(
  grid: Grid,
  pointers: readonly number[],
  sizes: readonly number[],
  memory: LinearMemory,
  allocator: Allocator,
  body: (table: number, blocks: number) => void,
): void {
  const capacity = Math.min(countOf(grid.blocks), MAX_BLOCKS) * pointers.length;
  allocator.lend(4 * capacity, (table) => {
    const words = memory.array('int32');
    const start = table / 4;
    let at = 0;
    forEachBlock(grid, () => {
      for (let k = 0; k < pointers.length; k++) {
        words[start + at++] = (pointers[k] as number) + (grid.offsets[k] as number) * (sizes[k] as number);
      }
      if (at < capacity) return;
      body(table, at / pointers.length);
      at = 0;
    });
    if (at > 0) body(table, at / pointers.length);
  });
}

function countOf(blocks: readonly number[]): number {
  return blocks.reduce((product, n) => product * n, 1);
}
