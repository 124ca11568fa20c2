export type { RandomAccess, Source } from './bytes/random-access.ts';
export { readCheckpoint, writeCheckpoint } from './checkpoint/checkpoint.ts';
export type { CheckpointState, CheckpointValue } from './checkpoint/state.ts';
export { FormatError } from './format-error.ts';
export { loadSafetensors, saveSafetensors } from './safetensors/file.ts';
export {
  openSafetensors,
  type ReadTensorOptions,
  SafetensorsReader,
  type TensorInfo,
} from './safetensors/open.ts';
export type { Ranges } from './safetensors/ranges.ts';
export { type ReadSafetensorsOptions, readSafetensors, type SafetensorsFile } from './safetensors/read.ts';
export { type WriteSafetensorsOptions, writeSafetensors } from './safetensors/write.ts';
