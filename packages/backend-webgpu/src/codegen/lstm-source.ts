import type { MapProgram } from '@gradus/backend';
import { lstmStep, lstmStepBackward } from '@gradus/backend/nn';
import type { DType } from '@gradus/storage';
import { expressionSource } from './expression-source.ts';
import type { Recurrence, RecurrenceCode, RecurrenceView } from './recurrence-source.ts';
import { uniformSource } from './uniforms.ts';

/** Steps of an LSTM. A column is a unit, its sums those of the gates: the products with h before them are added to the inputs. */
export function lstmRecurrence(dtype: DType): Recurrence {
  return {
    label: 'lstm',
    dtype,
    views: [...read('input', 'hidden', 'cell'), ...written('hiddens', 'cells', 'gates')],
    hasInitial: true,
    functions: (code) => `
${elementOr('hiddenBefore', 'time == 0u', code.load('hidden', 'time', 'unit'), code.load('hiddens', '(time - 1u)', 'unit'))}
${elementOr('cellBefore', 'time == 0u', code.load('cell', 'time', 'unit'), code.load('cells', '(time - 1u)', 'unit'))}
${state('p.width', 'hiddenBefore(time, row, term)')}
fn finish(time: u32, row: u32, unit: u32, sums: vec4<f32>) {
  if (unit >= p.width) { return; }
${run(lstmStep(dtype), code, {
  inputs: [...gates((at, k) => `${code.load('input', 'time', at)} + sums[${k}]`), 'cellBefore(time, row, unit)'],
  targets: [...gates((at) => ['gates', at] as const), ['hiddens', 'unit'], ['cells', 'unit']],
})}
}`,
  };
}

/** The gradients that are given, beside those that come from later steps. */
export interface GivenGradients {
  readonly ofHidden: boolean;
  readonly ofCells: boolean;
}

/** Steps of its gradient, from the last back. A column is four units: the product with the later gradients of all gates is that of h. */
export function lstmBackwardRecurrence(dtype: DType, { ofHidden, ofCells }: GivenGradients): Recurrence {
  const given = [...(ofHidden ? ['ofHidden'] : []), ...(ofCells ? ['ofCells'] : [])];
  return {
    label: 'lstm backward',
    dtype,
    views: [...read('gates', 'cells', 'cell', ...given), ...written('ofSums', 'ofCell')],
    hasInitial: false,
    functions: (code) => `
${elementOr('cellBefore', 'time + 1u == p.steps', code.load('cell', 'time', 'unit'), code.load('cells', '(time + 1u)', 'unit'))}
${elementOr('ofCellAfter', 'time == 0u', '0.0', code.load('ofCell', 'time', 'unit'))}
${state('4u * p.width', code.load('ofSums', '(time - 1u)', 'term'))}
fn finish(time: u32, row: u32, column: u32, sums: vec4<f32>) {
  for (var k = 0u; k < 4u && 4u * column + k < p.width; k++) {
    let unit = 4u * column + k;
${run(lstmStepBackward(dtype, ofHidden, ofCells), code, {
  inputs: [
    ...gates((at) => code.load('gates', 'time', at)),
    code.load('cells', 'time', 'unit'),
    'cellBefore(time, row, unit)',
    'sums[k]',
    'ofCellAfter(time, row, unit)',
    ...given.map((view) => code.load(view, 'time', 'unit')),
  ],
  targets: [...gates((at) => ['ofSums', at] as const), ['ofCell', 'unit']],
})}
  }
}`,
  };
}

/** Declares an element of `row` and `unit` at a step: `first` where the condition holds. */
function elementOr(name: string, condition: string, first: string, other: string): string {
  return `fn ${name}(time: u32, row: u32, unit: u32) -> f32 {
  if (${condition}) { return ${first}; }
  return ${other};
}`;
}

/** Declares the recurrence's state, an element of `row` and `term` being `element`. */
function state(terms: string, element: string): string {
  return `fn state(time: u32, first: u32, term: u32) -> vec4<f32> {
  var elements = vec4<f32>();
  for (var r = 0u; r < 4u; r++) {
    let row = first + r;
    if (row < p.batch && term < ${terms}) { elements[r] = ${element}; }
  }
  return elements;
}`;
}

/** Where a program's inputs come from, in WGSL, and the views and columns to which its results go. */
interface Operands {
  readonly inputs: readonly string[];
  readonly targets: readonly (readonly [view: string, column: string])[];
}

function run(program: MapProgram, { store }: RecurrenceCode, { inputs, targets }: Operands): string {
  const { statements, values } = expressionSource(program.outputs, {
    input: (k) => inputs[k] as string,
    uniform: uniformSource(program.uniforms),
    coordinate: () => '0',
  });
  const stores = targets.map(([view, column], k) => `  ${store(view, 'time', column, values[k] as string)}`);
  return `${statements}\n${stores.join('\n')}`;
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
