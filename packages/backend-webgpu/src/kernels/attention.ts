import {
  type AttentionBackwardKernel,
  type AttentionKernel,
  type Backend,
  decompose,
  type View,
} from '@gradus/backend';
import { collapse } from '@gradus/storage';
import { attentionLevelsSource, keyGradientSource, queryGradientSource } from '../codegen/attention-backward-source.ts';
import { type AttentionShape, attentionSource } from '../codegen/attention-source.ts';
import { slicesFor, TILE, vectorsFor } from '../codegen/attention-tiles.ts';
import { bindViews } from '../codegen/bound-views.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { RowLauncher } from './row-launcher.ts';
import { rowsOf } from './rows.ts';

/** Heads with more columns than this are decomposed: each slice of their results would compute all scores again. */
const MAX_COLUMNS = 256;

/** Runs Attention kernels block by block, without a matrix of all scores. */
export class AttentionRunner {
  readonly #backend: Backend;
  readonly #blocks: BlockLauncher;

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#blocks = new BlockLauncher(queue);
  }

  run(kernel: AttentionKernel): void {
    if (!fits(kernel)) return decompose(this.#backend, kernel);
    const { query, key, value, outputs } = kernel;
    this.#blocks.launch(kernel, { inputs: [query, key, value], outputs, blocksOf: query, source: attentionSource });
  }
}

/** Runs their gradients: a launch for those of queries (and the mask), and one for those of keys and values. */
export class AttentionBackwardRunner {
  readonly #backend: Backend;
  readonly #pool: BufferPool;
  readonly #levels: RowLauncher;
  readonly #queries: BlockLauncher;
  readonly #keys: BlockLauncher;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#pool = pool;
    this.#levels = new RowLauncher(queue);
    this.#queries = new BlockLauncher(queue);
    this.#keys = new BlockLauncher(queue);
  }

  run(kernel: AttentionBackwardKernel): void {
    if (!fits(kernel)) return decompose(this.#backend, kernel);
    const { gradient, query, key, value, logSumExp, outputs } = kernel;
    const [ofQuery, ofKey, ofValue, ofMask] = outputs;
    const levels = this.#pool.reserve(8 * logSumExp.layout.size);
    this.#findLevels(kernel, levels);
    const inputs = [query, key, value, gradient];
    this.#queries.launch(kernel, {
      inputs,
      outputs: ofMask === undefined ? [ofQuery] : [ofQuery, ofMask],
      blocksOf: query,
      levels,
      source: (shape, slots) => queryGradientSource(shape, ofMask !== undefined, slots),
    });
    const source = keyGradientSource;
    this.#keys.launch(kernel, { inputs, outputs: [ofKey, ofValue], blocksOf: key, levels, source });
    this.#pool.recycle(levels);
  }

  #findLevels({ gradient, result, logSumExp }: AttentionBackwardKernel, levels: GpuBuffer): void {
    const { shape, rank } = gradient.layout;
    const operands = [gradient, result, logSumExp].map((view) => ({ view, along: view !== logSumExp }));
    this.#levels.launch({
      key: [dtypeCode(gradient.dtype)],
      source: (rowShape, slots) => attentionLevelsSource(gradient.dtype, rowShape, slots),
      rows: rowsOf(shape, [rank - 1], operands),
      operands,
      scratch: [levels],
    });
  }
}

type Attention = AttentionKernel | AttentionBackwardKernel;

function fits({ query, value }: Attention): boolean {
  return Math.max(columnsOf(query), columnsOf(value)) <= MAX_COLUMNS;
}

interface BlockLaunch {
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  /** Whose rows are taken apart into blocks, a workgroup each. */
  readonly blocksOf: View;
  readonly levels?: GpuBuffer;
  readonly source: (shape: AttentionShape, slots: readonly number[]) => KernelSource;
}

/** Launches one kind of kernel over blocks. */
class BlockLauncher {
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  launch(kernel: Attention, { inputs, outputs, blocksOf, levels, source }: BlockLaunch): void {
    const { query, key, value, mask, scale, causal } = kernel;
    const views = mask === null ? [...inputs, ...outputs] : [...inputs, mask, ...outputs];
    const { buffers, slots } = bindViews(views);
    const batch = batchOf(views);
    const shape: AttentionShape = {
      dtype: query.dtype,
      mask: mask === null ? null : mask.dtype,
      batchRank: batch.shape.length,
      featureVectors: vectorsFor(columnsOf(query)),
      widthVectors: vectorsFor(columnsOf(value)),
      slices: slicesFor(Math.max(columnsOf(query), columnsOf(value))),
    };
    const pipeline = this.#pipelines.get([...keyOf(shape), outputs.length, sharingCode(slots)], () =>
      this.#queue.createPipeline(source(shape, slots)),
    );
    const batches = batch.shape.reduce((product, n) => product * n, 1);
    const groups = batches * Math.ceil(rowsIn(blocksOf) / TILE) * shape.slices;
    const params = [groups, rowsIn(query), rowsIn(key), columnsOf(query), columnsOf(value)];
    params.push(causal ? 1 : 0, scale, ...batch.shape);
    views.forEach(({ layout: { offset, strides } }, k) => {
      params.push(offset, ...(batch.strides[k] as readonly number[]), ...strides.slice(-2));
    });
    this.#queue.dispatch(pipeline, levels === undefined ? buffers : [...buffers, levels], params, groups);
  }
}

/** The batch axes, two at least: one code for all of up to two. */
function batchOf(views: readonly View[]): ReturnType<typeof collapse> {
  const { shape, strides } = collapse(
    (views[0] as View).layout.shape.slice(0, -2),
    views.map(({ layout }) => layout.strides.slice(0, -2)),
  );
  const missing = Math.max(0, 2 - shape.length);
  const padded = (list: readonly number[], value: number): number[] => [...new Array(missing).fill(value), ...list];
  return { shape: padded(shape, 1), strides: strides.map((list) => padded(list, 0)) };
}

function keyOf({ dtype, mask, batchRank, featureVectors, widthVectors, slices }: AttentionShape): readonly number[] {
  const maskCode = mask === null ? -1 : dtypeCode(mask);
  return [dtypeCode(dtype), maskCode, batchRank, featureVectors, widthVectors, slices];
}

function rowsIn({ layout: { shape } }: View): number {
  return shape.at(-2) as number;
}

function columnsOf({ layout: { shape } }: View): number {
  return shape.at(-1) as number;
}
