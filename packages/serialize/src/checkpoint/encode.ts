import { ArgumentError } from '@gradus/storage';
import { Tensor, tensor } from '@gradus/tensor';
import { type CheckpointState, type CheckpointValue, typedArrays } from './state.ts';

/** A state as JSON text, and what it refers to by name. */
export interface EncodedState {
  readonly structure: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Made for the file; the caller disposes them. */
  readonly made: readonly Tensor[];
}

/** What nests deeper than this is taken for a circle. */
export const MAX_DEPTH = 1000;

/** JSON's own values stand for themselves; everything else is an object with the key '$' that says what it is. */
export type Encoded = null | boolean | number | string | readonly Encoded[] | { readonly [name: string]: Encoded };

/** Takes a state apart. Tensors are named by their path: `optimizer.state.0.exp_avg`. */
export function encodeState(state: CheckpointState): EncodedState {
  const tensors = new Map<string, Tensor>();
  const made: Tensor[] = [];

  const name = (path: readonly string[], value: Tensor): string => {
    const wanted = path.join('.');
    let free = wanted;
    for (let i = 2; tensors.has(free) || free === '__metadata__'; i++) free = `${wanted}#${i}`;
    tensors.set(free, value);
    return free;
  };

  const pairs = (entries: Iterable<readonly [string | number, CheckpointValue]>, path: readonly string[]): Encoded[] =>
    [...entries].map(([key, value]) => [
      typeof key === 'number' ? encodeNumber(key) : key,
      encode(value, [...path, String(key)]),
    ]);

  const encode = (value: CheckpointValue, path: readonly string[]): Encoded => {
    if (path.length > MAX_DEPTH)
      throw new ArgumentError('checkpoint: the state is nested too deeply, or contains itself');
    if (value === undefined) return { $: 'undefined' };
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return encodeNumber(value);
    if (typeof value === 'bigint') return { $: 'bigint', value: String(value) };
    if (value instanceof Tensor) return { $: 'tensor', name: name(path, value) };
    if (ArrayBuffer.isView(value)) return encodeArray(value, path);
    if (Array.isArray(value)) return value.map((part, i) => encode(part, [...path, String(i)]));
    if (value instanceof Map) return { $: 'map', entries: pairs(value, path) };
    if (!isPlain(value)) throw unsupported(value, path);
    const entries = Object.entries(value as CheckpointState);
    if (Object.hasOwn(value, '$')) return { $: 'object', entries: pairs(entries, path) };
    return Object.fromEntries(entries.map(([key, part]) => [key, encode(part, [...path, key])]));
  };

  /** As bytes, so that every type is kept to the bit. */
  const encodeArray = (value: ArrayBufferView, path: readonly string[]): Encoded => {
    const type = value.constructor.name;
    if (!Object.hasOwn(typedArrays, type)) throw unsupported(value, path);
    const bytes = tensor(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    made.push(bytes);
    return { $: 'array', type, name: name(path, bytes) };
  };

  return { structure: JSON.stringify(encode(state, [])), tensors, made };
}

function encodeNumber(value: number): Encoded {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unsupported(value: unknown, path: readonly string[]): ArgumentError {
  const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value;
  return new ArgumentError(
    `checkpoint: '${path.join('.')}' is a ${kind}; a state holds tensors, typed arrays, numbers, strings, arrays, Maps and plain objects`,
  );
}
