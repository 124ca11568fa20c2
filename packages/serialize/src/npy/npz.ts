import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { FormatError } from '../format-error.ts';
import { type ReadZipOptions, readZip } from '../zip/read-zip.ts';
import { writeZip } from '../zip/write-zip.ts';
import { type ReadNpyOptions, readNpy, writeNpy } from './npy.ts';

export interface ReadNpzOptions extends ReadNpyOptions, ReadZipOptions {}

export interface WriteNpzOptions {
  /** As NumPy's `savez_compressed`; default false, as `savez`. */
  readonly compress?: boolean;
}

const SUFFIX = '.npy';

/** Reads the bytes of a .npz file: NumPy's `load`. Arrays by name. */
export function readNpz(bytes: Uint8Array, options: ReadNpzOptions = {}): Map<string, Tensor> {
  const arrays = new Map<string, Tensor>();
  for (const [file, content] of readZip(bytes, options)) {
    const name = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : file;
    if (arrays.has(name)) throw new FormatError(`npz: the array '${name}' is there twice`);
    try {
      arrays.set(name, readNpy(content, options));
    } catch (cause) {
      for (const read of arrays.values()) read.dispose();
      throw cause instanceof FormatError ? cause.within(name) : cause;
    }
  }
  return arrays;
}

/** The bytes of a .npz file: NumPy's `savez`. Waits for the device. */
export async function writeNpz(
  arrays: ReadonlyMap<string, Tensor>,
  { compress = false }: WriteNpzOptions = {},
): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, array] of arrays) {
    if (name === '') throw new ArgumentError('npz: an array needs a name');
    files.set(`${name}${SUFFIX}`, await writeNpy(array));
  }
  return writeZip(files, { compress });
}
