import { collapse, type Layout } from '@gradus/storage';
import { type Grid, stridedGrid } from './grid.ts';

/** The results as blocks of one line each: what would be the grid's rows is one more block axis. */
export function keptGrid(shape: readonly number[], layouts: readonly Layout[], axes: readonly number[]): Grid {
  const keptAxes = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const grid = stridedGrid(
    keptAxes.map((axis) => shape[axis] as number),
    layouts.map((layout) => layout.offset),
    layouts.map((layout) => keptAxes.map((axis) => layout.strides[axis] as number)),
  );
  return {
    ...grid,
    rows: 1,
    blocks: grid.rows === 1 && grid.blocks.length === 0 ? [] : [...grid.blocks, grid.rows],
  };
}

/** Runs of elements that one result folds. */
export interface Runs {
  /** Per run, an offset per input. */
  readonly runs: Int32Array;
  readonly rows: number;
  readonly depth: number;
  /** Stride within a run, per input. */
  readonly strides: readonly number[];
}

/** The reduced axes as runs along the innermost of them, in row-major order. */
export function reducedRuns(shape: readonly number[], inputs: readonly Layout[], axes: readonly number[]): Runs {
  const sorted = axes.slice().sort((a, b) => a - b);
  const collapsed = collapse(
    sorted.map((axis) => shape[axis] as number),
    inputs.map((layout) => sorted.map((axis) => layout.strides[axis] as number)),
  );
  const inner = collapsed.shape.length - 1;
  const outer = collapsed.shape.slice(0, Math.max(inner, 0));
  const rows = outer.reduce((product, n) => product * n, 1);
  const runs = new Int32Array(rows * inputs.length);
  for (let row = 0; row < rows; row++) {
    let rest = row;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const n = outer[axis] as number;
      const at = rest % n;
      rest = (rest - at) / n;
      for (let k = 0; k < inputs.length; k++) {
        const place = row * inputs.length + k;
        runs[place] = (runs[place] as number) + at * (collapsed.strides[k]?.[axis] as number);
      }
    }
  }
  const strides = collapsed.strides.map((list) => list[inner] ?? 0);
  return { runs, rows, depth: inner < 0 ? 1 : (collapsed.shape[inner] as number), strides };
}

/** Whether walking along the results touches memory in smaller steps than walking along the folded elements. */
export function prefersOuter(kept: Grid, strides: readonly number[]): boolean {
  if (kept.columns < 4) return false;
  const cost = (list: readonly number[]): number =>
    strides.reduce((sum, _, k) => sum + Math.min(Math.abs(list[k] as number), 16), 0);
  return cost(kept.strides) < cost(strides);
}
