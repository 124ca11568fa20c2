import { forEachBlock, type Grid, stridedGrid, type View } from '@gradus/backend';
import { itemSize } from '@gradus/storage';
import { pointerOf } from '../map.ts';
import { writeOperand } from '../memory/arguments.ts';

/** Lines of views along an axis, and how far apart neighbours on a line are, per view. */
export interface Lines {
  readonly length: number;
  readonly steps: readonly number[];
  /** Where lines begin: all axes but theirs. */
  readonly grid: Grid;
}

/** The lines along an axis of views of one shape; one element is a line too. */
export function linesOf(views: readonly View[], axis: number): Lines {
  const layouts = views.map(({ layout }) => layout);
  const { shape } = layouts[0] as View['layout'];
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const grid = stridedGrid(
    others.map((i) => shape[i] as number),
    layouts.map(({ offset }) => offset),
    layouts.map(({ strides }) => others.map((i) => strides[i] as number)),
  );
  return {
    length: shape[axis] ?? 1,
    steps: layouts.map(({ strides }) => strides[axis] ?? 0),
    grid: withLongRows(grid),
  };
}

/** The grid with rows and columns exchanged where there are more rows: lines know no order. */
function withLongRows(grid: Grid): Grid {
  const { rows, columns, rowStrides, strides } = grid;
  if (rows <= columns) return grid;
  return { ...grid, rows: columns, columns: rows, rowStrides: strides, strides: rowStrides };
}

/** Calls `body` for runs of equally spaced lines, with the operands' steps along and between lines written for a kernel. */
export function forEachRun(words: Int32Array, views: readonly View[], { steps, grid }: Lines, body: () => void): void {
  const pointers = views.map(pointerOf);
  const sizes = views.map(({ dtype }) => itemSize(dtype));
  forEachBlock(grid, () => {
    for (let row = 0; row < grid.rows; row++) {
      sizes.forEach((size, k) => {
        const start = (grid.offsets[k] as number) + row * (grid.rowStrides[k] as number);
        const [step, toNext] = [steps[k] as number, grid.strides[k] as number];
        writeOperand(words, k, (pointers[k] as number) + start * size, step * size, toNext * size);
      });
      body();
    }
  });
}
