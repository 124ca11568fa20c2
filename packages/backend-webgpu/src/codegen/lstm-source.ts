import type { MapProgram } from '@gradus/backend';
import { lstmStep, lstmStepBackward } from '@gradus/backend/nn';
import type { DType } from '@gradus/storage';
import { expressionSource } from './expression-source.ts';
import type { Recurrence, RecurrenceView } from './recurrence-source.ts';
import { uniformSource } from './uniforms.ts';

/** Steps of an LSTM: the gates' sums are the inputs and a product with the h before; `lstmStep` makes gates, h and c of them. */
export function lstmRecurrence(dtype: DType): Recurrence {
  return {
    label: 'lstm',
    dtype,
    views: [...read('input', 'hidden', 'cell'), ...written('hiddens', 'cells', 'gates')],
    sums: 'perGate',
    hasInitial: true,
    functions: ({ load, store }) => `
fn hiddenBefore(time: u32, row: u32, unit: u32) -> f32 {
  if (time == 0u) { return ${load('hidden', 'time', 'unit')}; }
  return ${load('hiddens', '(time - 1u)', 'unit')};
}
fn cellBefore(time: u32, row: u32, unit: u32) -> f32 {
  if (time == 0u) { return ${load('cell', 'time', 'unit')}; }
  return ${load('cells', '(time - 1u)', 'unit')};
}
fn state(time: u32, firstRow: u32, unit: u32) -> vec4<f32> {
  var elements = vec4<f32>();
  for (var r = 0u; r < 4u; r++) {
    let row = firstRow + r;
    if (row < p.batch && unit < p.width) { elements[r] = hiddenBefore(time, row, unit); }
  }
  return elements;
}
${cell('vec4<f32>', {
  program: lstmStep(dtype),
  inputs: [...gates((at, k) => `${load('input', 'time', at)} + sum[${k}]`), 'cellBefore(time, row, unit)'],
  stores: [
    ...gates(
      (at): Store =>
        (value) =>
          store('gates', 'time', at, value),
    ),
    (value) => store('hiddens', 'time', 'unit', value),
    (value) => store('cells', 'time', 'unit', value),
  ],
})}`,
  };
}

/** The gradients that are given, beside those that come from later steps. */
export interface GivenGradients {
  readonly ofHidden: boolean;
  readonly ofCells: boolean;
}

/** Steps of its gradient, from the last back: that of h is a product with those of the sums of the step after. */
export function lstmBackwardRecurrence(dtype: DType, { ofHidden, ofCells }: GivenGradients): Recurrence {
  const given = [...(ofHidden ? ['ofHidden'] : []), ...(ofCells ? ['ofCells'] : [])];
  return {
    label: 'lstm backward',
    dtype,
    views: [...read('gates', 'cells', 'cell', ...given), ...written('ofSums', 'ofCell')],
    sums: 'overGates',
    hasInitial: false,
    functions: ({ load, store }) => `
fn cellBefore(time: u32, row: u32, unit: u32) -> f32 {
  if (time + 1u == p.steps) { return ${load('cell', 'time', 'unit')}; }
  return ${load('cells', '(time + 1u)', 'unit')};
}
fn ofCellAfter(time: u32, row: u32, unit: u32) -> f32 {
  if (time == 0u) { return 0.0; }
  return ${load('ofCell', 'time', 'unit')};
}
fn state(time: u32, row: u32, unit: u32) -> vec4<f32> {
  if (row >= p.batch || unit >= p.width) { return vec4<f32>(); }
  return vec4<f32>(${gates((at) => load('ofSums', '(time - 1u)', at)).join(', ')});
}
${cell('f32', {
  program: lstmStepBackward(dtype, ofHidden, ofCells),
  inputs: [
    ...gates((at) => load('gates', 'time', at)),
    load('cells', 'time', 'unit'),
    'cellBefore(time, row, unit)',
    'sum',
    'ofCellAfter(time, row, unit)',
    ...given.map((view) => load(view, 'time', 'unit')),
  ],
  stores: [
    ...gates(
      (at): Store =>
        (value) =>
          store('ofSums', 'time', at, value),
    ),
    (value) => store('ofCell', 'time', 'unit', value),
  ],
})}`,
  };
}

interface Cell {
  readonly program: MapProgram;
  /** WGSL of the program's inputs, and statements that store its results. */
  readonly inputs: readonly string[];
  readonly stores: readonly Store[];
}

type Store = (value: string) => string;

function cell(sum: string, { program, inputs, stores }: Cell): string {
  const { statements, values } = expressionSource(program.outputs, {
    input: (k) => inputs[k] as string,
    uniform: uniformSource(program.uniforms),
    coordinate: () => '0',
  });
  return `fn cell(time: u32, row: u32, unit: u32, sum: ${sum}) {
${statements}
${stores.map((store, k) => `  ${store(values[k] as string)}`).join('\n')}
}`;
}

/** Something per gate i, f, g, o of `unit`, whose columns are `width` apart. */
function gates<T>(of: (column: string, gate: number) => T): readonly T[] {
  return [0, 1, 2, 3].map((gate) => of(`(${gate}u * p.width + unit)`, gate));
}

function read(...names: readonly string[]): readonly RecurrenceView[] {
  return names.map((name) => ({ name, written: false }));
}

function written(...names: readonly string[]): readonly RecurrenceView[] {
  return names.map((name) => ({ name, written: true }));
}
