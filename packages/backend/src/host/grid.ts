import { collapse, type Layout } from '@gradus/storage';

/** Several views walked together, as rows of columns: everything that a loop needs to know of their layouts. */
export interface Grid {
  /** Position of the current block's first element, per view. Changes from block to block. */
  readonly offsets: number[];
  readonly rows: number;
  readonly columns: number;
  readonly rowStrides: readonly number[];
  readonly strides: readonly number[];
  /** Axes outside the rows, outermost first. */
  readonly blocks: readonly number[];
  /** Per view, a stride per block axis. */
  readonly blockStrides: readonly (readonly number[])[];
}

/** A grid over views of one shape, with as few axes as possible. */
export function gridOf(shape: readonly number[], layouts: readonly Layout[]): Grid {
  return (
    flatGrid(layouts) ??
    stridedGrid(
      shape,
      layouts.map((layout) => layout.offset),
      layouts.map((layout) => layout.strides),
    )
  );
}

/** The common case, found without looking at axes: all views contiguous, or one element. */
function flatGrid(layouts: readonly Layout[]): Grid | null {
  let columns = 1;
  for (let k = 0; k < layouts.length; k++) {
    const layout = layouts[k] as Layout;
    if (!layout.isContiguous) return null;
    columns = layout.size;
  }
  const strides = new Array<number>(layouts.length).fill(columns === 1 ? 0 : 1);
  const rowStrides = new Array<number>(layouts.length).fill(0);
  const offsets = layouts.map((layout) => layout.offset);
  return { offsets, rows: 1, columns, rowStrides, strides, blocks: [], blockStrides: [] };
}

export function stridedGrid(
  shape: readonly number[],
  offsets: number[],
  strides: readonly (readonly number[])[],
): Grid {
  const collapsed = collapse(shape, strides);
  const rank = collapsed.shape.length;
  const blocks = collapsed.shape.slice(0, Math.max(rank - 2, 0));
  return {
    offsets,
    rows: rank > 1 ? (collapsed.shape[rank - 2] as number) : 1,
    columns: rank > 0 ? (collapsed.shape[rank - 1] as number) : 1,
    rowStrides: collapsed.strides.map((list) => (rank > 1 ? (list[rank - 2] as number) : 0)),
    strides: collapsed.strides.map((list) => (rank > 0 ? (list[rank - 1] as number) : 0)),
    blocks,
    blockStrides: collapsed.strides,
  };
}

/** Calls `body` once per block, with the grid's offsets moved there. */
export function forEachBlock(grid: Grid, body: () => void): void {
  const { blocks, blockStrides, offsets } = grid;
  if (grid.rows === 0 || grid.columns === 0 || blocks.includes(0)) return;
  if (blocks.length === 0) return body();
  const at = blocks.map(() => 0);
  const move = (axis: number, steps: number): void => {
    for (let k = 0; k < offsets.length; k++) {
      offsets[k] = (offsets[k] as number) + steps * ((blockStrides[k] as readonly number[])[axis] as number);
    }
  };
  for (;;) {
    body();
    let axis = blocks.length - 1;
    while (axis >= 0 && at[axis] === (blocks[axis] as number) - 1) {
      move(axis, -(at[axis] as number));
      at[axis--] = 0;
    }
    if (axis < 0) return;
    move(axis, 1);
    at[axis] = (at[axis] as number) + 1;
  }
}
