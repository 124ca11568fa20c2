import type { DType } from '@gradus/storage';
import { type Binding, type Param, params } from '../queue/kernel-source.ts';
import { loadElement, storeElement } from './access.ts';
import { position, stepParams } from './index-source.ts';
import { packedBits, valueType, wordType } from './value-type.ts';

/** How four neighbours along a kernel's last axis lie in memory: all in one place, as an aligned vector, or apart by a stride. */
export type FourWalk = 'same' | 'vector' | 'apart';

/** A view that is walked by fours. */
export interface FourWalker {
  /** What its parameters start with. */
  readonly name: string;
  readonly walk: FourWalk;
}

/** Four neighbours in a view. */
export interface FourView extends FourWalker {
  readonly binding: Binding;
  readonly dtype: DType;
  /** Where the first of the four lies; counted in fours for a vector. */
  readonly at: string;
}

/** Parameters that hold a view's strides: along all axes but the last, and between neighbours along that where they lie apart. */
export function fourParams({ name, walk }: FourWalker, axes: string, rank: number): readonly Param[] {
  return [...stepParams(name, axes, rank - 1), ...(walk === 'apart' ? params('u32', `${name}Next`) : [])];
}

/** Where the first of four neighbours lies; the last coordinate is counted in fours. */
export function fourPosition({ name, walk }: FourWalker, axes: string, rank: number, start?: string): string {
  const row = position(name, axes, rank - 1, start);
  if (walk === 'same') return row;
  const last = `${axes}${rank - 1}`;
  return walk === 'vector' ? `${row} + ${last}` : `${row} + ${last} * 4u * p.${name}Next`;
}

/** The elements of four, as numbers. */
export const FOUR: readonly number[] = [0, 1, 2, 3];

/** What a binding must be an array of, so that an index means an aligned vector of four. */
export function vectorElement(dtype: DType): string {
  const bits = packedBits(dtype);
  if (bits === null) return `vec4<${wordType(dtype)}>`;
  return bits === 16 ? 'vec2<u32>' : 'u32';
}

/** The four values; a single one where all lie in one place. */
export function loadFour(view: FourView): string {
  const { binding, dtype, walk, at } = view;
  if (walk === 'same') return loadElement(binding, dtype, at);
  if (walk === 'vector') return unpacked(dtype, `${binding.name}[${at}]`);
  return `vec4<${valueType(dtype)}>(${FOUR.map((e) => loadElement(binding, dtype, placeOf(view, e))).join(', ')})`;
}

/** Value `e` among those that `loadFour` gave. */
export function oneOfFour(name: string, walk: FourWalk, e: number): string {
  return walk === 'same' ? name : `${name}.${'xyzw'[e]}`;
}

/** Statements that store four values. Nobody else has a part in the words of a vector, packed or not. */
export function storeFour(view: FourView, values: readonly string[]): string {
  const { binding, dtype, walk, at } = view;
  if (walk === 'vector') return `${binding.name}[${at}] = ${wordsOf(dtype, values)};`;
  return values.map((value, e) => storeElement(binding, dtype, placeOf(view, e), value)).join(' ');
}

/** Statements that store the first `count` of four values, and leave the bits behind them as they are. */
export function storeFirst(view: FourView, values: readonly string[], count: string): string {
  const { binding, dtype, walk, at } = view;
  if (walk === 'vector') {
    const place = `${binding.name}[${at}]`;
    return `${place} = ${firstOf(dtype, wordsOf(dtype, values), place, count)};`;
  }
  return values
    .map((value, e) => `if (${e}u < ${count}) { ${storeElement(binding, dtype, placeOf(view, e), value)} }`)
    .join(' ');
}

function placeOf({ name, at }: FourView, e: number): string {
  return e === 0 ? at : `${at} + ${e}u * p.${name}Next`;
}

function unpacked(dtype: DType, words: string): string {
  switch (dtype) {
    case 'bool':
      return `(${words} != vec4<u32>())`;
    case 'float16':
      return `unpackFloat16(${words})`;
    case 'bfloat16':
      return `unpackBfloat16(${words})`;
    case 'uint8':
      return `unpackBytes(${words})`;
    case 'int8':
      return `unpackSignedBytes(${words})`;
    default:
      return words;
  }
}

/** A vector in memory that holds four values. */
function wordsOf(dtype: DType, values: readonly string[]): string {
  const vector = `vec4<${valueType(dtype)}>(${values.join(', ')})`;
  switch (dtype) {
    case 'bool':
      return `select(vec4<u32>(), vec4<u32>(1u), ${vector})`;
    case 'float16':
      return `packFloat16(${vector})`;
    case 'bfloat16':
      return `packBfloat16(${vector})`;
    case 'uint8':
      return `packBytes(${vector})`;
    case 'int8':
      return `packBytes(bitcast<vec4<u32>>(${vector}))`;
    default:
      return vector;
  }
}

/** The bits of the first `count` elements of `words`, and the bits behind them of `others`. */
function firstOf(dtype: DType, words: string, others: string, count: string): string {
  const bits = packedBits(dtype);
  if (bits === null) return `select(${others}, ${words}, vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(${count}))`;
  const mask = `${bits === 16 ? 'firstHalves' : 'firstBytes'}(${count})`;
  return `(${words} & ${mask}) | (${others} & ~${mask})`;
}
