import type { DType } from '@gradus/storage';
import { WORKGROUP } from '../kernels/workgroups.ts';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';
import { type GroupFold, mergedBy, subgroupFold, treeFold } from './group-fold.ts';
import { coordinates, position, sizeParams, stepParams, viewParams } from './index-source.ts';

/** How rows of elements are given to invocations. */
export interface RowShape {
  /** How many axes tell rows apart, and how many tell the elements of a row apart. */
  readonly rank: number;
  readonly depthRank: number;
  /** Invocations that share a row: a power of two up to `WORKGROUP`. */
  readonly lanes: number;
  /** Whether neighbouring invocations take neighbouring rows; otherwise neighbouring elements of a row. */
  readonly across: boolean;
  /** Whether the device has subgroup operations. */
  readonly subgroups: boolean;
}

/** A view that a kernel over rows reads or writes. */
export interface RowView {
  readonly name: string;
  readonly dtype: DType;
  readonly written: boolean;
  /** Whether it has an element for every element of a row; otherwise it has one per row. */
  readonly along: boolean;
}

export function rowView(name: string, dtype: DType, along: boolean, written = false): RowView {
  return { name, dtype, along, written };
}

/** What the body of a kernel over rows is written with. */
export interface RowCode {
  load(view: string): string;
  store(view: string, value: string): string;
  /** Statements for every element of the row, each lane for its own; within, `load` and `store` mean that element. */
  forElements(statements: string): string;
  /** A value folded over the lanes of a row, which all of them get; `how` was declared by `rowFold` or `rowFoldBy`. */
  fold(how: string, value: string): string;
}

export interface RowKernel {
  readonly label: string;
  readonly views: readonly RowView[];
  /** Bindings behind those of the views. */
  readonly scratch?: readonly Binding[];
  readonly numbers?: readonly string[];
  readonly declarations: string;
  /**
   * It sees `row`, `part` (a row may be given to several teams of lanes, a part each), `lane` and `isActive`, which is false where
   * there are more lanes than rows: those read some row too, for the barriers' sake, and must write nothing.
   */
  readonly body: (code: RowCode) => string;
}

/** A kernel over rows, several of them to a workgroup where they are short. */
export function rowSource(kernel: RowKernel, shape: RowShape, slots: readonly number[]): KernelSource {
  const { views, scratch = [], numbers = [] } = kernel;
  const { bindings, of } = bindingsOf(views, slots);
  const body = `${prologue(shape)}
${views.map(({ name }) => `  let ${name}Start = ${position(name, 'k', shape.rank)};`).join('\n')}
${kernel.body(codeFor(views, of, shape))}`;
  return {
    label: kernel.label,
    bindings: [...bindings, ...scratch],
    params: [
      ...params('u32', 'rows', 'depth', 'partLength', 'parts'),
      ...sizeParams('k', shape.rank),
      ...sizeParams('r', shape.depthRank),
      ...views.flatMap(({ name, along }) => [
        ...viewParams(name, 'k', shape.rank),
        ...(along ? stepParams(name, 'r', shape.depthRank) : []),
      ]),
      ...params('f32', ...numbers),
    ],
    workgroup: [rowWorkgroup(shape), 1, 1],
    usesSubgroups: usesSubgroups(shape),
    declarations: functionsFor(body + kernel.declarations) + kernel.declarations,
    body,
  };
}

/** Declares a fold over the lanes of a row, by a tree in shared memory. */
export function rowFold(
  shape: RowShape,
  name: string,
  type: 'f32' | 'vec2<f32>',
  merged: (a: string, b: string) => string,
): string {
  const { lanes, across } = shape;
  const workgroup = rowWorkgroup(shape);
  return treeFold(name, type, merged, { workgroup, lanes, step: across ? workgroup / lanes : 1 });
}

/** Declares a sum or an extreme over the lanes of a row, by subgroup operations where it has them. */
export function rowFoldBy(shape: RowShape, name: string, type: 'f32' | 'vec2<f32>', fold: GroupFold): string {
  if (usesSubgroups(shape)) return subgroupFold(name, type, fold, rowWorkgroup(shape));
  return rowFold(shape, name, type, mergedBy(fold, type));
}

/** Invocations of a workgroup: those of a row where they are many, otherwise several rows'. */
export function rowWorkgroup({ lanes, across }: RowShape): number {
  return lanes >= ALONE && !across ? lanes : WORKGROUP;
}

/** Lanes from which on a row has a workgroup for itself. */
const ALONE = 64;

function usesSubgroups(shape: RowShape): boolean {
  return shape.subgroups && shape.lanes === rowWorkgroup(shape);
}

function prologue(shape: RowShape): string {
  const { rank, lanes, across } = shape;
  const teams = rowWorkgroup(shape) / lanes;
  return `  let team = group * ${teams}u + ${across ? `local % ${teams}u` : `local / ${lanes}u`};
  let lane = ${across ? `local / ${teams}u` : `local % ${lanes}u`};
  let isActive = team < p.rows * p.parts;
  let row = team % p.rows;
  let part = min(team / p.rows, p.parts - 1u);
  let first = part * p.partLength;
  let end = min(first + p.partLength, p.depth);
${coordinates('k', rank, 'row')}`;
}

function codeFor(views: readonly RowView[], of: (view: number) => Binding, { lanes, depthRank }: RowShape): RowCode {
  const find = (name: string): readonly [Binding, DType, string] => {
    const k = views.findIndex((view) => view.name === name);
    const { dtype, along } = views[k] as RowView;
    return [of(k), dtype, along ? position(name, 'r', depthRank, `${name}Start`) : `${name}Start`];
  };
  return {
    load: (view) => loadElement(...find(view)),
    store: (view, value) => storeElement(...find(view), value),
    forElements: (statements) => `  for (var j = first + lane; j < end; j += ${lanes}u) {
${coordinates('r', depthRank, 'j')}
${statements}
  }`,
    fold: (how, value) => `${how}(${value}, local, lane)`,
  };
}
