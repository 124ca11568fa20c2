import { type MapProgram, Walk } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import type { MapLoop } from '../map.ts';
import { compile } from './compile.ts';
import { elementSource, type Level } from './element-source.ts';
import { castSource, loadSource, storeSource } from './scalar-source.ts';

const levels: Readonly<Record<Walk, Level>> = { 0: 0, 1: 1, 2: 2, 3: 2 };

/** A program as a function over one block of a grid; `walks` are those of its inputs and then its outputs. */
export function compileMap(program: MapProgram, walks: readonly Walk[]): MapLoop {
  const count = program.inputs.length;
  const level = (index: number): Level => levels[walks[index] as Walk];
  const element = elementSource(program.outputs, { input: (index) => `x${index}`, inputLevel: level });
  const load = (at: Level): string[] =>
    program.inputs.flatMap((dtype, k) =>
      level(k) === at ? [`const x${k} = ${loadSource(`d${k}[${place(walks[k] as Walk, k)}]`, dtype)};`] : [],
    );
  const stores = program.outputs.map((output, o) => {
    const at = place(walks[count + o] as Walk, count + o);
    return `d${count + o}[${at}] = ${storeSource(`y${o}`, output.dtype)};`;
  });
  const [once, perRow, perElement] = element.statements;
  const body = [
    ...uniformSource(program.uniforms),
    ...walks.map((walk, k) => operandSource(walk, k)),
    ...load(0),
    ...once,
    'for (let i = 0; i < rows; i++) {',
    ...load(1),
    ...perRow,
    ...walks.flatMap((walk, k) => (walk === Walk.strided ? [`let p${k} = r${k};`] : [])),
    'for (let j = 0; j < columns; j++) {',
    ...load(2),
    ...perElement,
    // All values before any store: an output may overwrite an input.
    ...element.values.map((value, o) => `const y${o} = ${value};`),
    ...stores,
    ...walks.flatMap((walk, k) => (walk === Walk.strided ? [`p${k} += s${k};`] : [])),
    '}',
    ...walks.flatMap((walk, k) => (walk === Walk.still ? [] : [`r${k} += q${k};`])),
    '}',
  ];
  const parameters = ['data', 'offsets', 'rowStrides', 'strides', 'uniforms', 'rows', 'columns'];
  return compile(parameters, body.join('\n'), element.calls) as MapLoop;
}

function place(walk: Walk, k: number): string {
  if (walk === Walk.unit) return `r${k} + j`;
  return walk === Walk.strided ? `p${k}` : `r${k}`;
}

function operandSource(walk: Walk, k: number): string {
  const names = [`const d${k} = data[${k}];`, `let r${k} = offsets[${k}];`];
  if (walk !== Walk.still) names.push(`const q${k} = rowStrides[${k}];`);
  if (walk === Walk.strided) names.push(`const s${k} = strides[${k}];`);
  return names.join(' ');
}

/** Declares the launch's numbers, rounded to their dtypes. */
export function uniformSource(dtypes: readonly DType[]): string[] {
  return dtypes.map((dtype, k) => `const u${k} = ${castSource(`uniforms[${k}]`, 'number', dtype)};`);
}
