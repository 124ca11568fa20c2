export { ConcatDataset } from './datasets/concat-dataset.ts';
export { ArrayDataset, type BatchDataset, type Dataset, type IterableDataset } from './datasets/dataset.ts';
export { GeneratorDataset } from './datasets/generator-dataset.ts';
export { MapDataset } from './datasets/map-dataset.ts';
export { randomSplit, Subset } from './datasets/subset.ts';
export { TensorDataset } from './datasets/tensor-dataset.ts';
export { type IdxArray, parseIdx } from './idx.ts';
export { collate } from './loader/collate.ts';
export { DataLoader, type DataLoaderOptions, type LoaderPosition } from './loader/data-loader.ts';
export { disposeBatch } from './loader/dispose-batch.ts';
export { yieldToEventLoop } from './loader/yield.ts';
export { MissingPackageError, missingPackage } from './optional-package.ts';
export { BatchSampler, type IndexBatches } from './samplers/batch-sampler.ts';
export { DistributedSampler, type DistributedSamplerOptions } from './samplers/distributed-sampler.ts';
export { RandomSampler, type RandomSamplerOptions, SubsetRandomSampler } from './samplers/random-sampler.ts';
export { drawSeed, type Sampler } from './samplers/sampler.ts';
export { SequentialSampler } from './samplers/sequential-sampler.ts';
export { WeightedRandomSampler, type WeightedRandomSamplerOptions } from './samplers/weighted-random-sampler.ts';
export type { Port, WorkerLike, WorkerPort } from './workers/port.ts';
export { portTo, portToParent } from './workers/port.ts';
export { type ServeDatasetOptions, serveDataset } from './workers/serve-dataset.ts';
export {
  type Packed,
  type PackedError,
  packError,
  packTensors,
  unpackError,
  unpackTensors,
  WorkerError,
} from './workers/transfer.ts';
export { WorkerDataset, type WorkerDatasetOptions } from './workers/worker-dataset.ts';
