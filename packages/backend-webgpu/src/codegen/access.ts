import type { DType } from '@gradus/storage';
import type { Binding } from '../queue/kernel-source.ts';
import { packedBits, valueType, wordType } from './value-type.ts';

/** What a binding must be an array of for views of these dtypes. Elements that share a word with others are written atomically. */
export function bindingElement(dtypes: readonly { readonly dtype: DType; readonly written: boolean }[]): string {
  if (dtypes.some(({ dtype, written }) => written && packedBits(dtype) !== null)) return 'atomic<u32>';
  return wordType((dtypes[0] as { dtype: DType }).dtype);
}

/** The element at an index, in the dtype's value type. */
export function loadElement({ name, element }: Binding, dtype: DType, index: string): string {
  const bits = packedBits(dtype);
  const at = bits === null ? index : `(${index}) / ${32 / bits}u`;
  const word = element === 'atomic<u32>' ? `atomicLoad(&${name}[${at}])` : `${name}[${at}]`;
  if (bits === null) return wholeValue(dtype, word, element);
  const shift = `((${index}) % ${32 / bits}u) * ${bits}u`;
  const raw = `extractBits(${asType(word, element, dtype === 'int8' ? 'i32' : 'u32')}, ${shift}, ${bits}u)`;
  if (dtype === 'float16') return `fromFloat16(${raw})`;
  return dtype === 'bfloat16' ? `fromBfloat16(${raw})` : raw;
}

function wholeValue(dtype: DType, word: string, element: string): string {
  if (valueType(dtype) === 'bool') return `(${asType(word, element, 'u32')} != 0u)`;
  return asType(word, element, wordType(dtype));
}

/** A statement that stores a value of the dtype's value type. */
export function storeElement({ name, element }: Binding, dtype: DType, index: string, value: string): string {
  const bits = packedBits(dtype);
  if (bits !== null) {
    const at = `(${index}) / ${32 / bits}u`;
    const shift = `((${index}) % ${32 / bits}u) * ${bits}u`;
    // Two steps that touch these bits alone, so that neighbours may be written at the same time.
    const mask = `${2 ** bits - 1}u`;
    return (
      `atomicAnd(&${name}[${at}], ~(${mask} << (${shift}))); ` +
      `atomicOr(&${name}[${at}], (${encoded(dtype, value)} & ${mask}) << (${shift}));`
    );
  }
  const word = valueType(dtype) === 'bool' ? `select(0u, 1u, ${value})` : value;
  if (element === 'atomic<u32>') return `atomicStore(&${name}[${index}], ${asType(word, wordType(dtype), 'u32')});`;
  return `${name}[${index}] = ${asType(word, wordType(dtype), element)};`;
}

function encoded(dtype: DType, value: string): string {
  if (dtype === 'float16') return `toFloat16(${value})`;
  if (dtype === 'bfloat16') return `toBfloat16(${value})`;
  return dtype === 'int8' ? `bitcast<u32>(${value})` : value;
}

function asType(word: string, from: string, to: string): string {
  return (from === 'atomic<u32>' ? 'u32' : from) === to ? word : `bitcast<${to}>(${word})`;
}
