import type { DType } from '@gradus/storage';
import { functionsFor } from '../math/library.ts';
import { type Binding, type KernelSource, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { bindingsOf } from './bound-views.ts';

/**
 * Steps of a recurrent layer. A workgroup has some rows (sequences of the batch) and blocks of hidden units. Neighbouring invocations
 * take neighbouring units, with all gates of each: a unit's weights are vectors, and its sums never leave the invocation's registers
 * until `PARTS` invocations, which share the terms of each sum, add theirs up. Then they share the rows.
 */
const PARTS = 4;

/** Units of a block. */
const UNITS = 32;

const THREADS = UNITS * PARTS;

/** Terms whose part of the state is in shared memory at a time. */
const SLICE = 64;

/** Views [steps, batch, width], or without steps [batch, width]. */
export interface RecurrenceView {
  readonly name: string;
  readonly written: boolean;
}

/** What the functions of a kernel are written with: elements of `row`. `time` counts steps in the order in which they are taken. */
export interface RecurrenceCode {
  load(view: string, time: string, column: string): string;
  store(view: string, time: string, column: string, value: string): string;
}

export interface Recurrence {
  readonly label: string;
  readonly dtype: DType;
  readonly views: readonly RecurrenceView[];
  /** Whether a unit has a sum per gate (vec4<f32>), or one over all gates (f32). */
  readonly sums: 'perGate' | 'overGates';
  /** Whether there is a state before the first step; otherwise the first sums are 0. */
  readonly hasInitial: boolean;
  /**
   * Declares `state(time, row, unit) -> vec4<f32>`, what weights are multiplied with, 0 outside of the batch and the width: where sums
   * are per gate, an element of each of the rows `row` to `row + 3`; otherwise all gates of one row. And `cell(time, row, unit, sum)`,
   * which finishes the step for one unit of one row.
   */
  readonly functions: (code: RecurrenceCode) => string;
}

/** `columns` and `depth` are the units and the terms with padding; every `spread`th block of units is the same workgroup's. */
const SIZES = ['groups', 'first', 'end', 'steps', 'spread', 'batch', 'width', 'columns', 'depth'] as const;

/** How many units and terms there are with padding, so that no loop has to look where they end. */
export function paddedSizes(width: number): { readonly columns: number; readonly depth: number } {
  return { columns: Math.ceil(width / UNITS) * UNITS, depth: Math.ceil(width / SLICE) * SLICE };
}

/** Workgroups among which the units may be spread. */
export function blocksOf(width: number): number {
  return Math.ceil(width / UNITS);
}

/** Steps `first` to `end`, each a product of the state before it and the weights, and the cells; `rows` is a multiple of four. */
export function recurrenceSource(recurrence: Recurrence, rows: number, slots: readonly number[]): KernelSource {
  const { label, dtype, views, sums, hasInitial } = recurrence;
  const { bindings, of } = bindingsOf(
    views.map(({ written }) => ({ dtype, written })),
    slots,
  );
  const vectors = sums === 'perGate' ? rows / 4 : rows;
  const type = sums === 'perGate' ? 'vec4<f32>' : 'f32';
  const functions = recurrence.functions(codeFor(recurrence, of));
  const body = `  if (group >= p.groups) { return; }
  let firstRow = group / p.spread * ${rows}u;
  let lane = local % ${UNITS}u;
  let part = local / ${UNITS}u;
  for (var time = p.first; time < p.end; time++) {
    let depth = ${hasInitial ? 'p.depth' : 'select(p.depth, 0u, time == 0u)'};
    for (var block = group % p.spread; block * ${UNITS}u < p.columns; block += p.spread) {
      let unit = block * ${UNITS}u + lane;
${range(rows, (r) => `      var sum${r} = ${type}();`)}
      for (var start = 0u; start < depth; start += ${SLICE}u) {
        for (var i = local; i < ${vectors * SLICE}u; i += ${THREADS}u) {
          states[i] = state(time, firstRow + i / ${SLICE}u * ${rows / vectors}u, start + i % ${SLICE}u);
        }
        workgroupBarrier();
        for (var i = part * ${SLICE / PARTS}u; i < (part + 1u) * ${SLICE / PARTS}u; i++) {
          let weight = weights[(start + i) * p.columns + unit];
${range(vectors, (v) => `          let state${v} = states[i + ${v * SLICE}u];`)}
${range(rows, (r) => `          sum${r} += ${term(sums, r)};`)}
        }
        workgroupBarrier();
      }
${range(rows / PARTS, (round) => finish(round * PARTS))}
    }
    // The next step reads what other invocations wrote.
    storageBarrier();
  }`;
  return {
    label,
    bindings: [...bindings, { name: 'weights', element: 'vec4<f32>', written: false }],
    params: [...params('u32', ...SIZES), ...views.flatMap(({ name }) => viewParams(name))],
    workgroup: [THREADS, 1, 1],
    declarations: `${functionsFor(functions)}${functions}
var<workgroup> states: array<vec4<f32>, ${vectors * SLICE}>;
var<workgroup> shares: array<${type}, ${PARTS * THREADS}>;`,
    body,
  };
}

function term(sums: Recurrence['sums'], row: number): string {
  if (sums === 'overGates') return `dot(state${row}, weight)`;
  return `state${Math.floor(row / 4)}.${'xyzw'[row % 4]} * weight`;
}

/** Adds up the sums' parts, and runs the cells: of `PARTS` rows, one for each of the invocations that share a unit. */
function finish(first: number): string {
  const sum = Array.from({ length: PARTS }, (_, q) => `shares[part * ${THREADS}u + ${q * UNITS}u + lane]`).join(' + ');
  return `${range(PARTS, (r) => `      shares[${r * THREADS}u + local] = sum${first + r};`)}
      workgroupBarrier();
      if (firstRow + ${first}u + part < p.batch && unit < p.width) {
        cell(time, firstRow + ${first}u + part, unit, ${sum});
      }
      workgroupBarrier();`;
}

/** Parameters of a view: where it starts, and its strides. */
function viewParams(view: string): KernelSource['params'] {
  return params('u32', `${view}At`, `${view}Time`, `${view}Row`, `${view}Column`);
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

function range(length: number, line: (i: number) => string): string {
  return Array.from({ length }, (_, i) => line(i)).join('\n');
}
