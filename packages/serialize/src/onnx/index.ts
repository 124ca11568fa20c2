export { FormatError } from '../format-error.ts';
export { type ExportOnnxOptions, exportOnnx } from './export/export.ts';
export { ExportError } from './export/trace.ts';
export { loadOnnx } from './file.ts';
export { OnnxModel, type OnnxValue, type ReadOnnxOptions, readOnnx, UnsupportedOperatorsError } from './read.ts';
