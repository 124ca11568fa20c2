import type { BackendRef, Tensor } from '@gradus/tensor';
import { tensorFromBytes } from '../bytes/element-type.ts';
import { headerLength, LENGTH_BYTES, parseHeader } from './header.ts';

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** In the order of the file. */
  readonly tensors: Map<string, Tensor>;
  /** Free text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ReadSafetensorsOptions {
  /** Where the tensors go; default: the backend in use. */
  readonly backend?: BackendRef;
}

/**
 * Reads the bytes of a safetensors file. 64-bit integers become int32, with a DTypeError where they don't fit. Throws a
 * FormatError for a file that contradicts itself; its header is checked before anything is read.
 */
export function readSafetensors(bytes: Uint8Array, options: ReadSafetensorsOptions = {}): SafetensorsFile {
  const end = LENGTH_BYTES + headerLength(bytes, bytes.length);
  const { entries, metadata, dataStart } = parseHeader(bytes.subarray(LENGTH_BYTES, end), bytes.length);
  const tensors = new Map<string, Tensor>();
  for (const [name, { element, shape, offsets }] of entries) {
    const own = bytes.subarray(dataStart + offsets[0], dataStart + offsets[1]);
    tensors.set(name, tensorFromBytes(own, element, shape, options));
  }
  return { tensors, metadata };
}
