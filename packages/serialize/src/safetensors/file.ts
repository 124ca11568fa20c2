import type { Tensor } from '@gradus/tensor';
import { readWhole, type Source } from '../bytes/random-access.ts';
import { replaceFile } from '../bytes/replace-file.ts';
import { type ReadSafetensorsOptions, readSafetensors, type SafetensorsFile } from './read.ts';
import { safetensorsParts, type WriteSafetensorsOptions } from './write.ts';

/** Reads a whole safetensors file: a path (where there is `node:fs`), a Blob or bytes. A FormatError names the file. */
export function loadSafetensors(source: Source, options: ReadSafetensorsOptions = {}): Promise<SafetensorsFile> {
  return readWhole('loadSafetensors', source, (bytes) => readSafetensors(bytes, options));
}

/** Writes a safetensors file and its folders; an existing file is replaced only when the new one is complete. */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  await replaceFile('saveSafetensors', path, await safetensorsParts(tensors, options));
}
