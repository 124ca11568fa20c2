import type { Tensor } from '@gradus/tensor';
import { readWhole, type Source } from '../bytes/random-access.ts';
import { replaceFile } from '../bytes/replace-file.ts';
import { type ReadNpyOptions, readNpy, writeNpy } from './npy.ts';
import { type ReadNpzOptions, readNpz, type WriteNpzOptions, writeNpz } from './npz.ts';

/** Reads a .npy file: a path (where there is `node:fs`), a Blob or bytes. A FormatError names the file. */
export function loadNpy(source: Source, options: ReadNpyOptions = {}): Promise<Tensor> {
  return readWhole('loadNpy', source, (bytes) => readNpy(bytes, options));
}

/** Reads a .npz file. */
export function loadNpz(source: Source, options: ReadNpzOptions = {}): Promise<Map<string, Tensor>> {
  return readWhole('loadNpz', source, (bytes) => readNpz(bytes, options));
}

/** Writes a .npy file; an existing one is replaced only when the new one is complete. */
export async function saveNpy(path: string, x: Tensor): Promise<void> {
  await replaceFile('saveNpy', path, [await writeNpy(x)]);
}

/** Writes a .npz file; an existing one is replaced only when the new one is complete. */
export async function saveNpz(
  path: string,
  arrays: ReadonlyMap<string, Tensor>,
  options: WriteNpzOptions = {},
): Promise<void> {
  await replaceFile('saveNpz', path, [await writeNpz(arrays, options)]);
}
