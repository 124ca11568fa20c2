import { nodeModule } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { FormatError } from './format-error.ts';
import { readSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.ts';

type FileSystem = typeof import('node:fs/promises');

/** Reads a safetensors file (Node and other runtimes with `node:fs`). A FormatError names the file. */
export async function loadSafetensors(
  path: string,
  options: Parameters<typeof readSafetensors>[1] = {},
): Promise<SafetensorsFile> {
  const { readFile } = nodeModule<FileSystem>('loadSafetensors', 'node:fs/promises');
  const bytes = await readFile(path);
  try {
    return readSafetensors(bytes, options);
  } catch (cause) {
    if (cause instanceof FormatError) throw new FormatError(`${path}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** Writes a safetensors file and its folders; an existing file is replaced only when the new one is complete. */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: Parameters<typeof writeSafetensors>[1] = {},
): Promise<void> {
  const { mkdir, rename, rm, writeFile } = nodeModule<FileSystem>('saveSafetensors', 'node:fs/promises');
  const { dirname } = nodeModule<typeof import('node:path')>('saveSafetensors', 'node:path');
  const bytes = await writeSafetensors(tensors, options);
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished`;
  try {
    await writeFile(unfinished, bytes, { flush: true });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
