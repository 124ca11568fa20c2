import type { Backend, SortKernel, View } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { BLOCK, finishSource, keySource, mergeBlocksSource, mergeStepSource } from '../codegen/sort-source.ts';
import { isSoftware } from '../device/software.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { Pipeline } from '../queue/pipeline.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, type Lines, linesOf, pushLines, sharingCode } from './lines.ts';
import { type Pairs, RadixSort } from './radix-sort.ts';
import { workgroupsFor } from './workgroups.ts';

/**
 * Longer lines are sorted digit by digit. Bitonic steps keep more invocations busy, but there are more of them the longer the lines are.
 * Where a processor plays the GPU, which waits long at barriers, it pays as soon as a line takes more than one block.
 */
const LONG = 2 ** 18;

/**
 * Runs Sort kernels as sorts of (key, place) pairs, where keys are whole numbers in the order of the values: bitonic ones, of lines
 * padded to a power of two, where equal keys are told apart by their places; and for long lines, digit by digit. Both are stable.
 */
export class SortRunner {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #radix: RadixSort;
  /** The longest lines that are sorted by bitonic steps. */
  readonly #short: number;
  readonly #pipelines = new PipelineCache();
  #mergeBlocks: Pipeline | null = null;
  #mergeStep: Pipeline | null = null;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
    this.#radix = new RadixSort(backend, queue, pool);
    this.#short = isSoftware(queue.device) ? BLOCK : LONG;
  }

  run({ input, values, indices, axis, descending }: SortKernel): void {
    const { shape, size } = input.layout;
    if (size === 0) return;
    const views = [input, values, indices];
    const lines = linesOf(shape, axis, views);
    const length = shape[axis] ?? 1;
    const isLong = length > this.#short;
    const padded = isLong ? length : 2 ** Math.ceil(Math.log2(length));
    const total = lines.count * padded;
    const pairs: Pairs = [this.#pool.reserve(4 * total), this.#pool.reserve(4 * total)];
    this.#fillKeys(input, lines, length, padded, descending, pairs);
    if (isLong) this.#radix.run(pairs, lines.count, length);
    else this.#sortKeys(pairs, padded, total);
    this.#writeResults(views, lines, length, padded, pairs[1]);
    for (const buffer of pairs) this.#pool.recycle(buffer);
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
