import { type DType, formatShape, isFloat, type Shape, type TypedArray } from '@gradus/storage';
import { isReadable } from './launch/transform.ts';
import { dataSync } from './read.ts';
import type { Tensor } from './tensor.ts';

/** PyTorch's print options and layout. (https://github.com/pytorch/pytorch/blob/main/torch/_tensor_str.py) */
const SUMMARIZE_FROM = 1000;
const EDGE_ITEMS = 3;
const PRECISION = 4;
const LINE_WIDTH = 80;
const PREFIX = 'tensor(';

/** A tensor as PyTorch prints it, dtype and backend always named; without values where they can't be read now. */
export function printTensor(x: Tensor): string {
  const facts = [`dtype=${x.dtype}`, x.backend.name, ...(x.requiresGrad ? ['requiresGrad'] : [])];
  const shape = `shape=${formatShape(x.shape)}`;
  if (x.isDisposed) return withFacts(`${PREFIX}disposed`, [shape, ...facts]);
  if (x.size === 0) return withFacts(`${PREFIX}[]`, [shape, ...facts]);
  if (!isReadable(x)) return withFacts(`${PREFIX}...`, [shape, ...facts]);
  return withFacts(PREFIX + printValues(dataSync(x), x.shape, x.dtype), facts);
}

/** The facts behind the values, on a new line where one doesn't fit. */
function withFacts(text: string, facts: readonly string[]): string {
  let [result, length] = [text, text.length - text.lastIndexOf('\n') + 1];
  for (const fact of facts) {
    const fits = length + fact.length + 2 <= LINE_WIDTH;
    result += fits ? `, ${fact}` : `,\n${' '.repeat(PREFIX.length)}${fact}`;
    length = fits ? length + fact.length + 2 : PREFIX.length + fact.length;
  }
  return `${result})`;
}

function printValues(values: TypedArray, shape: Shape, dtype: DType): string {
  const summarize = values.length > SUMMARIZE_FROM;
  const format = formatter(shown(values, shape, summarize), dtype);
  const print = (axis: number, start: number, span: number, indent: number): string => {
    if (axis === shape.length) return format.print(values[start] as number);
    const step = span / (shape[axis] as number);
    const isVector = axis === shape.length - 1;
    const parts = visible(shape[axis] as number, summarize).map((i) => {
      if (i === null) return isVector ? ' ...' : '...';
      return print(axis + 1, start + i * step, step, indent + 1);
    });
    const newLine = `,${'\n'.repeat(Math.max(shape.length - axis - 1, 1))}${' '.repeat(indent + 1)}`;
    return `[${(isVector ? linesOf(parts, format.width, indent) : parts).join(newLine)}]`;
  };
  return print(0, 0, values.length, PREFIX.length);
}

/** As many elements of a vector per line as fit. */
function linesOf(elements: readonly string[], width: number, indent: number): readonly string[] {
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < elements.length; i += perLine) lines.push(elements.slice(i, i + perLine).join(', '));
  return lines;
}

/** Indices that are printed along an axis; null stands for the ones left out. */
function visible(size: number, summarize: boolean): readonly (number | null)[] {
  const count = summarize ? Math.min(size, 2 * EDGE_ITEMS + 1) : size;
  const first = Array.from({ length: count }, (_, i) => i);
  if (!summarize || size <= 2 * EDGE_ITEMS) return first;
  return [...first.slice(0, EDGE_ITEMS), null, ...first.slice(0, EDGE_ITEMS).map((i) => size - EDGE_ITEMS + i)];
}

function shown(values: TypedArray, shape: Shape, summarize: boolean): readonly number[] {
  if (!summarize) return Array.from(values);
  let starts = [0];
  let span = values.length;
  for (const size of shape) {
    const step = span / size;
    span = step;
    starts = starts.flatMap((start) => visible(size, true).flatMap((i) => (i === null ? [] : [start + i * step])));
  }
  return starts.map((start) => values[start] as number);
}

interface Format {
  readonly width: number;
  print(value: number): string;
}

/** One format for all values: integers, fixed point or scientific, padded to the width of what is neither 0 nor infinite. */
function formatter(values: readonly number[], dtype: DType): Format {
  const convert = converter(values, dtype);
  const measured = isFloat(dtype) ? values.filter(isOrdinary) : values;
  const width = measured.reduce((most, value) => Math.max(most, convert(value).length), 1);
  return { width, print: (value) => convert(value).padStart(width) };
}

function converter(values: readonly number[], dtype: DType): (value: number) => string {
  if (dtype === 'bool') return (value) => (value === 0 ? 'false' : 'true');
  if (!isFloat(dtype)) return String;
  const sizes = values.filter(isOrdinary).map(Math.abs);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = values.every((value) => !Number.isFinite(value) || Number.isInteger(value));
  const scientific = sizes.length > 0 && (high / low > 1000 || high > 1e8 || (!whole && low < 1e-4));
  const finite = scientific ? exponential : whole ? (value: number) => `${value}.` : fixed;
  return (value) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
    return Object.is(value, -0) ? `-${finite(0)}` : finite(value);
  };
}

function isOrdinary(value: number): boolean {
  return Number.isFinite(value) && value !== 0;
}

function fixed(value: number): string {
  return tiesToEven(value.toFixed(PRECISION), value.toFixed(20));
}

/** 1.5000e+00, with two digits of exponent, as C prints it. */
function exponential(value: number): string {
  const [mantissa, exponent] = value.toExponential(PRECISION).split('e') as [string, string];
  const exact = value.toExponential(20).split('e')[0] as string;
  return `${tiesToEven(mantissa, exact)}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

/** JavaScript rounds halves up where C and Python round them to even: 1/32 is 0.0312. */
function tiesToEven(rounded: string, exact: string): string {
  const last = Number(rounded.at(-1));
  return /^50*$/.test(exact.slice(rounded.length)) && last % 2 === 1 ? rounded.slice(0, -1) + (last - 1) : rounded;
}
