export { loadSafetensors, saveSafetensors } from './file.ts';
export { FormatError } from './format-error.ts';
export { readSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.ts';
