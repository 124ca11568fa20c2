import type { DType } from '@gradus/storage';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';

/**
 * Steps of a recurrent layer: products of the state before them and weights, and what becomes of those, without a launch in between. A
 * workgroup has some rows (sequences of the batch), and blocks of columns: vectors of four sums, which never leave an invocation's
 * registers until the `PARTS` invocations that share the terms of a column's sums add theirs up. Then they share its rows.
 */
const PARTS = 4;

/** Columns of a block. */
const COLUMNS = 32;

const THREADS = COLUMNS * PARTS;

/** Terms whose part of the state is in shared memory at a time; afterwards it is there that parts of sums meet. */
const SLICE = 128;

/** A view [steps, batch, width], or [batch, width] of what is there once. */
export interface RecurrenceView {
  readonly name: string;
  readonly written: boolean;
}

/** What functions are written with: elements of `row`. `time` counts steps in the order in which they are taken. */
export interface RecurrenceCode {
  load(view: string, time: string, column: string): string;
  store(view: string, time: string, column: string, value: string): string;
}

export interface Recurrence {
  readonly label: string;
  readonly dtype: DType;
  readonly views: readonly RecurrenceView[];
  /** Whether there is a state before the first step; otherwise its sums are 0. */
  readonly hasInitial: boolean;
  /**
   * Declares `state(time, row, term) -> vec4<f32>`, what weights are multiplied with, for the rows `row` to `row + 3`: 0 outside of the
   * batch, and where there is no such term. And `finish(time, row, column, sums)`, which sees padding too, but in `row`.
   */
  readonly functions: (code: RecurrenceCode) => string;
}

/** `spread` is how many workgroups share the columns of some rows. */
const SIZES = ['groups', 'first', 'end', 'steps', 'spread', 'batch', 'width', 'columns', 'depth'] as const;

/** How many columns and terms there are with padding, so that no loop has to look where they end. */
export function paddedSizes(columns: number, terms: number): { readonly columns: number; readonly depth: number } {
  return { columns: blocksOf(columns) * COLUMNS, depth: Math.ceil(terms / PARTS) * PARTS };
}

export function blocksOf(columns: number): number {
  return Math.ceil(columns / COLUMNS);
}

/** Steps `first` to `end`; `rows` is a multiple of four. */
export function recurrenceSource(recurrence: Recurrence, rows: number, slots: readonly number[]): KernelSource {
  const { label, dtype, views, hasInitial } = recurrence;
  const { bindings, of } = bindingsOf(
    views.map(({ written }) => ({ dtype, written })),
    slots,
  );
  const functions = recurrence.functions(codeFor(recurrence, of));
  const vectors = rows / 4;
  const body = `  if (group >= p.groups) { return; }
  let firstRow = group / p.spread * ${rows}u;
  let lane = local % ${COLUMNS}u;
  let part = local / ${COLUMNS}u;
  for (var time = p.first; time < p.end; time++) {
    let depth = ${hasInitial ? 'p.depth' : 'select(p.depth, 0u, time == 0u)'};
    for (var block = group % p.spread; block * ${COLUMNS}u < p.columns; block += p.spread) {
      let column = block * ${COLUMNS}u + lane;
${lines(rows, (r) => `      var sums${r} = vec4<f32>();`)}
      for (var start = 0u; start < depth; start += ${SLICE}u) {
        for (var i = local; i < ${vectors * SLICE}u; i += ${THREADS}u) {
          tile[i] = state(time, firstRow + i / ${SLICE}u * 4u, start + i % ${SLICE}u);
        }
        workgroupBarrier();
        let share = min(${SLICE}u, depth - start) / ${PARTS}u;
        for (var i = part * share; i < (part + 1u) * share; i++) {
          let weight = weights[(start + i) * p.columns + column];
${lines(vectors, (v) => `          let state${v} = tile[i + ${v * SLICE}u];`)}
${lines(rows, (r) => `          sums${r} += state${Math.floor(r / 4)}.${'xyzw'[r % 4]} * weight;`)}
        }
        workgroupBarrier();
      }
${lines(rows / PARTS, (round) => addUp(round * PARTS))}
    }
    // The next step reads what other invocations wrote.
    storageBarrier();
  }`;
  return {
    label,
    bindings: [...bindings, { name: 'weights', element: 'vec4<f32>', written: false }],
    params: [
      ...params('u32', ...SIZES),
      ...views.flatMap(({ name }) => params('u32', `${name}At`, `${name}Time`, `${name}Row`, `${name}Column`)),
    ],
    workgroup: [THREADS, 1, 1],
    declarations: `${functionsFor(functions)}${functions}
var<workgroup> tile: array<vec4<f32>, ${Math.max(vectors * SLICE, PARTS * THREADS)}>;`,
    body,
  };
}

/** Adds up the parts of `PARTS` rows' sums: a row for each of the invocations that share a column. */
function addUp(first: number): string {
  const parts = Array.from({ length: PARTS }, (_, q) => `tile[part * ${THREADS}u + ${q * COLUMNS}u + lane]`);
  return `${lines(PARTS, (r) => `      tile[${r * THREADS}u + local] = sums${first + r};`)}
      workgroupBarrier();
      if (firstRow + ${first}u + part < p.batch) {
        finish(time, firstRow + ${first}u + part, column, ${parts.join(' + ')});
      }
      workgroupBarrier();`;
}

function codeFor({ dtype, views }: Recurrence, of: (view: number) => Binding): RecurrenceCode {
  const find = (view: string): Binding => of(views.findIndex(({ name }) => name === view));
  const place = (view: string, time: string, column: string): string =>
    `p.${view}At + ${time} * p.${view}Time + row * p.${view}Row + ${column} * p.${view}Column`;
  return {
    load: (view, time, column) => loadElement(find(view), dtype, place(view, time, column)),
    store: (view, time, column, value) => storeElement(find(view), dtype, place(view, time, column), value),
  };
}

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}
