export { collate } from './collate.ts';
export { type BatchesOptions, DataLoader, type DataLoaderOptions } from './data-loader.ts';
export { ArrayDataset, type Dataset, Subset, TensorDataset } from './dataset.ts';
export { type IdxArray, parseIdx } from './idx.ts';
export { yieldToEventLoop } from './yield.ts';
