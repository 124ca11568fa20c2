import { type Backend, type ScanKernel, type View, withScratch } from '@gradus/backend';
import { type BlockScan, blockScanSource, SCAN_BLOCK } from '../codegen/block-scan-source.ts';
import { bindViews } from '../codegen/bound-views.ts';
import { scanOps, scanSource } from '../codegen/scan-source.ts';
import { foldType } from '../codegen/value-type.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Lines up to this length are walked by one invocation each, however few they are. */
const SHORT = 64;

/** So many lines keep a GPU busy with one invocation each. */
const MANY = 4096;

const stages: readonly BlockScan['stage'][] = ['totals', 'results', 'results after totals'];

/**
 * Runs Scan kernels. One invocation walks a line where there are many or short ones. Others are scanned in blocks, a workgroup
 * each: what every block folds to is scanned first, and then the blocks from there. (Blelloch 1990; Merrill & Grimshaw 2009.)
 */
export class ScanRunner {
  readonly #backend: Backend;
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#queue = queue;
  }

  run(kernel: ScanKernel): void {
    const { input, axis } = kernel;
    const { shape, size } = input.layout;
    if (size === 0) return;
    const length = shape[axis] ?? 1;
    if (length <= SHORT || size / length >= MANY || input.dtype === 'bool') this.#byLines(kernel, length);
    else if (length <= SCAN_BLOCK) this.#byBlocks(kernel, 'results', []);
    else this.#inPhases(kernel, Math.ceil(length / SCAN_BLOCK));
  }

  #byLines({ op, input, output, axis, indices }: ScanKernel, length: number): void {
    const views = indices === undefined ? [input, output] : [input, output, indices];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(input.layout.shape, axis, views);
    const rank = lines.shape.length;
    const key = [-1, scanOps.indexOf(op), dtypeCode(input.dtype), rank, views.length, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(scanSource(op, input.dtype, rank, indices !== undefined, slots)),
    );
    const params = [lines.count, length, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(lines.count, 64));
  }

  /** The index of an extreme among the blocks leads to its place in the line. */
  #inPhases(kernel: ScanKernel, blocks: number): void {
    const { op, input, axis, indices } = kernel;
    const count = input.layout.size / (input.layout.shape[axis] as number);
    withScratch(this.#backend, (allocate) => {
      const totals = allocate([count, blocks], foldType(input.dtype));
      const places = indices && allocate([count, blocks], 'int32');
      const scratch = places ? [totals, places] : [totals];
      this.#byBlocks(kernel, 'totals', scratch);
      const chosen = indices && allocate([count, blocks], 'int32');
      this.run({ kind: 'scan', op, input: totals, output: totals, axis: 1, ...(chosen && { indices: chosen }) });
      this.#byBlocks(kernel, 'results after totals', chosen ? [...scratch, chosen] : scratch);
    });
  }

  #byBlocks(kernel: ScanKernel, stage: BlockScan['stage'], scratch: readonly View[]): void {
    const { op, input, output, axis, indices } = kernel;
    const results = indices === undefined ? [output] : [output, indices];
    const views = stage === 'totals' ? [input] : [input, ...results];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(input.layout.shape, axis, views);
    const length = input.layout.shape[axis] as number;
    const blocks = Math.ceil(length / SCAN_BLOCK);
    const scan = { op, dtype: input.dtype, rank: lines.shape.length, withIndices: indices !== undefined, stage };
    const key = [stages.indexOf(stage), scanOps.indexOf(op), dtypeCode(input.dtype), scan.rank, results.length];
    const pipeline = this.#pipelines.get([...key, sharingCode(slots)], () =>
      this.#queue.createPipeline(blockScanSource(scan, slots)),
    );
    const params = [lines.count, length, blocks, ...lines.shape];
    pushLines(params, lines, views);
    const behind = scratch.map(({ storage }) => storage.handle as GpuBuffer);
    this.#queue.dispatch(pipeline, [...buffers, ...behind], params, lines.count * blocks);
  }
}
