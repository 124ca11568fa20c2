export { FormatError } from '../format-error.ts';
export type { ReadZipOptions } from '../zip/read-zip.ts';
export { loadPytorch, loadStateDict, savePytorch } from './file.ts';
export { UnsafeGlobalError } from './globals.ts';
export type { PytorchInput } from './pickle.ts';
export { type ReadPytorchOptions, readPytorch, readStateDict } from './read.ts';
export { type PytorchKey, type PytorchValue, TorchDType, Tuple } from './value.ts';
export { writePytorch } from './write.ts';
