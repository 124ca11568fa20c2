import type { Tensor } from '@gradus/tensor';
import { readWhole, type Source } from '../bytes/random-access.ts';
import { replaceFile } from '../bytes/replace-file.ts';
import type { PytorchInput } from './pickle.ts';
import { type ReadPytorchOptions, readPytorch, readStateDict } from './read.ts';
import type { PytorchValue } from './value.ts';
import { writePytorch } from './write.ts';

/** `readPytorch` of a path (where there is `node:fs`), a Blob or bytes. A FormatError names the file. */
export function loadPytorch(source: Source, options: ReadPytorchOptions = {}): Promise<PytorchValue> {
  return readWhole('loadPytorch', source, (bytes) => readPytorch(bytes, options));
}

/** `readStateDict` of a path, a Blob or bytes. */
export function loadStateDict(source: Source, options: ReadPytorchOptions = {}): Promise<Map<string, Tensor>> {
  return readWhole('loadStateDict', source, (bytes) => readStateDict(bytes, options));
}

/** Writes a checkpoint for PyTorch; an existing file is replaced only when the new one is complete. */
export async function savePytorch(path: string, value: PytorchInput): Promise<void> {
  await replaceFile('savePytorch', path, [await writePytorch(value)]);
}
