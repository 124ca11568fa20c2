import type { SortKernel, View } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { BLOCK, finishSource, keySource, mergeBlocksSource, mergeStepSource } from '../codegen/sort-source.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, type Lines, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/**
 * Runs Sort kernels as bitonic sorts of (key, place) pairs, lines padded to a power of two: keys are whole numbers in the
 * order of the values, and equal ones are told apart by their places, so every sort is stable.
 */
export class SortRunner {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #pipelines = new PipelineCache();
  #mergeBlocks: Pipeline | null = null;
  #mergeStep: Pipeline | null = null;

  constructor(queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
  }

  run({ input, values, indices, axis, descending }: SortKernel): void {
    const { shape, size } = input.layout;
    if (size === 0) return;
    const views = [input, values, indices];
    const lines = linesOf(shape, axis, views);
    const length = shape[axis] ?? 1;
    const padded = 2 ** Math.ceil(Math.log2(length));
    const total = lines.count * padded;
    const [keys, places] = [this.#pool.reserve(4 * total), this.#pool.reserve(4 * total)];
    this.#fillKeys(input, lines, length, padded, descending, [keys, places]);
    this.#sortKeys([keys, places], padded, total);
    this.#writeResults(views, lines, length, padded, places);
    this.#pool.recycle(keys);
    this.#pool.recycle(places);
  }

  #fillKeys(
    input: View,
    lines: Lines,
    length: number,
    padded: number,
    descending: boolean,
    pairs: readonly GpuBuffer[],
  ): void {
    const { dtype } = input;
    const rank = lines.shape.length;
    const pipeline = this.#pipelines.get([0, dtypeCode(dtype), rank, descending ? 1 : 0], () =>
      this.#queue.createPipeline(keySource(dtype, rank, descending)),
    );
    const total = lines.count * padded;
    const params = [total, length, padded, ...lines.shape];
    pushLines(params, lines, [input]);
    this.#queue.dispatch(pipeline, [...bindViews([input]).buffers, ...pairs], params, workgroupsFor(total));
  }

  /** Runs of `size` elements are sorted up and down in turn, doubled until one is left; within a block in shared memory. */
  #sortKeys(pairs: readonly GpuBuffer[], padded: number, total: number): void {
    this.#mergeBlocks ??= this.#queue.createPipeline(mergeBlocksSource());
    this.#mergeStep ??= this.#queue.createPipeline(mergeStepSource());
    const blocks = workgroupsFor(total, BLOCK);
    this.#queue.dispatch(this.#mergeBlocks, pairs, [total, padded, 2, Math.min(padded, BLOCK)], blocks);
    for (let size = 2 * BLOCK; size <= padded; size *= 2) {
      for (let distance = size / 2; distance >= BLOCK; distance /= 2) {
        const params = [total / 2, padded, size, distance];
        this.#queue.dispatch(this.#mergeStep, pairs, params, workgroupsFor(total / 2));
      }
      this.#queue.dispatch(this.#mergeBlocks, pairs, [total, padded, size, size], blocks);
    }
  }

  #writeResults(views: readonly View[], lines: Lines, length: number, padded: number, places: GpuBuffer): void {
    const dtype: DType = (views[0] as View).dtype;
    const { buffers, slots } = bindViews(views);
    const rank = lines.shape.length;
    const pipeline = this.#pipelines.get([1, dtypeCode(dtype), rank, sharingCode(slots)], () =>
      this.#queue.createPipeline(finishSource(dtype, rank, slots)),
    );
    const size = lines.count * length;
    const params = [size, length, padded, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, [...buffers, places], params, workgroupsFor(size));
  }
}
