export { FormatError } from '../format-error.ts';
export type { ReadZipOptions } from '../zip/read-zip.ts';
export { loadNpy, loadNpz, saveNpy, saveNpz } from './file.ts';
export { type ReadNpyOptions, readNpy, writeNpy } from './npy.ts';
export { type ReadNpzOptions, readNpz, type WriteNpzOptions, writeNpz } from './npz.ts';
