import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { concatenate } from '../bytes/concatenate.ts';
import { bytesOf, elementNames } from '../bytes/element-type.ts';

export interface WriteSafetensorsOptions {
  /** Free text by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file. Waits for the device.
 *
 * @see https://huggingface.co/docs/safetensors for the format
 */
export async function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  options: WriteSafetensorsOptions = {},
): Promise<Uint8Array> {
  return concatenate(await safetensorsParts(tensors, options));
}

/** The same bytes in parts, so that a large file needn't be put together in memory. */
export async function safetensorsParts(
  tensors: ReadonlyMap<string, Tensor>,
  options: WriteSafetensorsOptions,
): Promise<readonly Uint8Array[]> {
  const entries = new Map<string, unknown>();
  if (options.metadata !== undefined) entries.set('__metadata__', options.metadata);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    if (name === '__metadata__') throw new ArgumentError(`safetensors: no tensor can be called '${name}'`);
    const bytes = await bytesOf(tensor);
    const dtype = elementNames[tensor.dtype].toUpperCase();
    entries.set(name, { dtype, shape: tensor.shape, data_offsets: [end, end + bytes.length] });
    end += bytes.length;
    parts.push(bytes);
  }
  return [...header(Object.fromEntries(entries)), ...parts];
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
