import { readWhole, type Source } from '../bytes/random-access.ts';
import { type OnnxModel, type ReadOnnxOptions, readOnnx } from './read.ts';

/** `readOnnx` of a path (where there is `node:fs`), a Blob or bytes. A FormatError names the file. */
export function loadOnnx(source: Source, options: ReadOnnxOptions = {}): Promise<OnnxModel> {
  return readWhole('loadOnnx', source, (bytes) => readOnnx(bytes, options));
}
