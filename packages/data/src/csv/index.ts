export { CsvDataset } from './csv-dataset.ts';
export { csvRows, type TextChunks } from './csv-rows.ts';
export type { CsvOptions, CsvRow } from './parse.ts';
