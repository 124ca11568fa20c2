import type { View } from '@gradus/backend';
import { collapse, expand, type Layout, type Shape, sizeOf } from '@gradus/storage';
import type { RowShape } from '../codegen/row-source.ts';
import { BUSY, WORKGROUP } from './workgroups.ts';

/** Rows that one workgroup each would take too long for: few, and longer than this. */
const FEW = 32;
const LONG = 32768;

/** Lanes across memory: so many that neighbouring invocations still read neighbouring rows. */
const LANES_ACROSS = 16;

/** Elements per lane, at least; and in a part of a row. */
const PER_LANE = 4;
const PER_PART = 16;

/** A view of a kernel over rows; `along`: it has an element for every element of a row, otherwise one per row. */
export interface RowOperand {
  readonly view: View;
  readonly along: boolean;
}

/** Views with an element for every element of a row, and then those with one per row, as far as they are there. */
export function rowOperands(
  elements: readonly (View | null | undefined)[],
  statistics: readonly (View | null | undefined)[],
): readonly RowOperand[] {
  const some = (views: readonly (View | null | undefined)[], along: boolean): readonly RowOperand[] =>
    views.flatMap((view) => (view ? [{ view, along }] : []));
  return [...some(elements, true), ...some(statistics, false)];
}

/** How a kernel over rows is to be launched. */
export interface Rows {
  readonly shape: Omit<RowShape, 'subgroups'>;
  readonly rows: number;
  readonly depth: number;
  readonly sizes: readonly number[];
  /** Parameters of the operands' views. */
  readonly places: readonly number[];
}

/** Rows of a shape along `axes`: elements of all other axes tell them apart. The operands broadcast to the shape. */
export function rowsOf(shape: Shape, axes: readonly number[], operands: readonly RowOperand[]): Rows {
  const all = shape.map((_, axis) => axis);
  const strides = operands.map(({ view }) => (expand(view.layout, shape) as Layout).strides);
  const group = (some: readonly number[]): ReturnType<typeof collapse> =>
    collapse(
      some.map((axis) => shape[axis] as number),
      strides.map((list) => some.map((axis) => list[axis] as number)),
    );
  const kept = group(all.filter((axis) => !axes.includes(axis)));
  const within = group(all.filter((axis) => axes.includes(axis)));
  const depth = sizeOf(within.shape);
  const across = kept.shape.length > 0 && stepOf(kept.strides) < stepOf(within.strides);
  const lanes = Math.min(2 ** Math.ceil(Math.log2(Math.max(depth / PER_LANE, 1))), across ? LANES_ACROSS : WORKGROUP);
  return {
    shape: { rank: kept.shape.length, depthRank: within.shape.length, lanes, across },
    rows: sizeOf(kept.shape),
    depth,
    sizes: [...kept.shape, ...within.shape],
    places: operands.flatMap(({ view, along }, k) => [
      view.layout.offset,
      ...(kept.strides[k] as readonly number[]),
      ...(along ? (within.strides[k] as readonly number[]) : []),
    ]),
  };
}

/** Whether rows keep the GPU busy one workgroup each, or soon end. Others are better folded in parts, as Reduce does. */
export function areShortOrMany({ rows, depth }: Rows): boolean {
  return rows >= FEW || depth <= LONG;
}

/** In how many parts to sum each row: enough to keep the GPU busy, none of them short. */
export function partsOf({ rows, depth, shape: { lanes } }: Rows): number {
  const wanted = Math.ceil(BUSY.gpu / (rows * lanes));
  return Math.max(1, Math.min(wanted, Math.floor(depth / (PER_PART * lanes)), 256));
}

/** How far apart the neighbours are that views have along the last of some axes. */
function stepOf(strides: readonly (readonly number[])[]): number {
  return strides.reduce((sum, list) => sum + Math.min(Math.abs(list.at(-1) ?? 0), 32), 0);
}
