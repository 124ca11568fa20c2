import type { TypedArray } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import { type Encoded, MAX_DEPTH } from './encode.ts';
import { type CheckpointState, type CheckpointValue, typedArrays } from './state.ts';

/** What a structure refers to by name, once each. */
export interface Stored {
  tensor(name: string): Tensor;
  bytes(name: string): Promise<Uint8Array>;
}

/** Puts a state together again. Throws a FormatError for a structure that `encodeState` doesn't write. */
export async function decodeState(structure: string, stored: Stored): Promise<CheckpointState> {
  const state = await decode(parse(structure), stored, 0);
  if (typeof state === 'object' && state !== null && !Array.isArray(state) && !(state instanceof Map)) {
    return state as CheckpointState;
  }
  throw new FormatError('checkpoint: its structure is no object');
}

function parse(text: string): Encoded {
  try {
    return JSON.parse(text) as Encoded;
  } catch (cause) {
    throw new FormatError('checkpoint: its structure is no JSON', { cause });
  }
}

async function decode(value: Encoded, stored: Stored, depth: number): Promise<CheckpointValue> {
  if (depth > MAX_DEPTH) throw new FormatError(`checkpoint: nested more than ${MAX_DEPTH} levels deep`);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    const parts: CheckpointValue[] = [];
    for (const part of value) parts.push(await decode(part, stored, depth + 1));
    return parts;
  }
  return Object.hasOwn(value, '$')
    ? decodeTagged(value, stored, depth)
    : decodeObject(Object.entries(value), stored, depth);
}

async function decodeTagged(
  value: { readonly [name: string]: Encoded },
  stored: Stored,
  depth: number,
): Promise<CheckpointValue> {
  switch (value.$) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(value.value);
    case 'bigint':
      return decodeBigInt(value.value);
    case 'tensor':
      return stored.tensor(String(value.name));
    case 'array':
      return decodeArray(String(value.type), await stored.bytes(String(value.name)));
    case 'map':
      return new Map(await decodePairs(value.entries, stored, depth));
    case 'object':
      return Object.fromEntries(await decodePairs(value.entries, stored, depth));
    default:
      throw new FormatError(`checkpoint: a value of the unknown kind '${String(value.$)}'`);
  }
}

async function decodeObject(
  entries: readonly (readonly [string, Encoded])[],
  stored: Stored,
  depth: number,
): Promise<CheckpointValue> {
  const parts: [string, CheckpointValue][] = [];
  for (const [key, part] of entries) parts.push([key, await decode(part, stored, depth + 1)]);
  return Object.fromEntries(parts);
}

async function decodePairs(
  entries: Encoded | undefined,
  stored: Stored,
  depth: number,
): Promise<[string | number, CheckpointValue][]> {
  if (!isList(entries)) throw new FormatError('checkpoint: a map without entries');
  const pairs: [string | number, CheckpointValue][] = [];
  for (const pair of entries) {
    const [written, part] = isList(pair) ? pair : [];
    const key = isNumber(written) ? Number(written.value) : written;
    if ((typeof key !== 'string' && typeof key !== 'number') || part === undefined) {
      throw new FormatError('checkpoint: an entry of a map is no pair of a key and a value');
    }
    pairs.push([key, await decode(part, stored, depth + 1)]);
  }
  return pairs;
}

/** One that JSON doesn't have: NaN, an infinity, -0. */
function isNumber(value: Encoded | undefined): value is { readonly [name: string]: Encoded } {
  return typeof value === 'object' && value !== null && !isList(value) && value.$ === 'number';
}

function decodeBigInt(text: Encoded | undefined): bigint {
  if (typeof text === 'string' && text.length < 10_000 && /^-?\d+$/.test(text)) return BigInt(text);
  throw new FormatError('checkpoint: a bigint that is no integer');
}

function decodeArray(type: string, bytes: Uint8Array): TypedArray {
  const constructor = Object.hasOwn(typedArrays, type) ? typedArrays[type] : undefined;
  if (constructor === undefined) throw new FormatError(`checkpoint: an array of the unknown type ${type}`);
  try {
    return new constructor(new Uint8Array(bytes).buffer);
  } catch (cause) {
    throw new FormatError(`checkpoint: ${bytes.length} bytes are no ${type}`, { cause });
  }
}

function isList(value: Encoded | undefined): value is readonly Encoded[] {
  return Array.isArray(value);
}
