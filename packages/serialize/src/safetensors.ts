import { ArgumentError, type DType, encode, isHalf, type TypedArray } from '@gradus/storage';
import { type BackendRef, data, fromValues, type Tensor } from '@gradus/tensor';
import { fileDTypeNames } from './safetensors-dtype.ts';
import { parseHeader } from './safetensors-header.ts';

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** In the order of the file. */
  readonly tensors: Map<string, Tensor>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file. Waits for the device.
 *
 * @see https://huggingface.co/docs/safetensors for the format
 */
export async function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  options: { readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array> {
  const entries = new Map<string, unknown>();
  if (options.metadata !== undefined) entries.set('__metadata__', options.metadata);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    if (name === '__metadata__') throw new ArgumentError(`safetensors: no tensor can be called '${name}'`);
    const bytes = toFileBytes(await data(tensor), tensor.dtype);
    const offsets = [end, end + bytes.length];
    entries.set(name, { dtype: fileDTypeNames[tensor.dtype], shape: tensor.shape, data_offsets: offsets });
    end += bytes.length;
    parts.push(bytes);
  }
  return concatenate([...header(Object.fromEntries(entries)), ...parts]);
}

/** The header and, before it, its length; padded with spaces, so that the data starts on a multiple of 8. */
function header(entries: Readonly<Record<string, unknown>>): [length: Uint8Array, text: Uint8Array] {
  const text = new TextEncoder().encode(JSON.stringify(entries));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  return [length, padded];
}

/**
 * Reads the bytes of a safetensors file. 64-bit integers become int32, with a DTypeError where they don't fit. Throws a
 * FormatError for a file that contradicts itself; its header is checked before anything is read.
 */
export function readSafetensors(bytes: Uint8Array, options: { readonly backend?: BackendRef } = {}): SafetensorsFile {
  const { entries, metadata, dataStart } = parseHeader(bytes);
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, offsets }] of entries) {
    // A copy starts at its buffer's first byte, as typed arrays of wider elements need it.
    const own = new Uint8Array(bytes.subarray(dataStart + offsets[0], dataStart + offsets[1]));
    tensors.set(name, fromValues(dtype.read(own), shape, { ...options, dtype: dtype.dtype }));
  }
  return { tensors, metadata };
}

/** Values as the file holds them: little endian, bool one byte, halves as their patterns. */
function toFileBytes(values: TypedArray, dtype: DType): Uint8Array {
  const stored = isHalf(dtype) ? encode(values, dtype) : values;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
