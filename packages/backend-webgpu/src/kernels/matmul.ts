import type { MatMulKernel } from '@gradus/backend';
import { collapse } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { matmulSource } from '../codegen/matmul-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs MatMul kernels, one invocation per element of the output. */
export class MatMulRunner {
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  run({ a, b, output, accumulate }: MatMulKernel): void {
    const { shape, size, rank } = output.layout;
    if (size === 0) return;
    const views = [a, b, output];
    const { buffers, slots } = bindViews(views);
    const batch = collapse(
      shape.slice(0, -2),
      views.map(({ layout }) => layout.strides.slice(0, -2)),
    );
    const batchRank = batch.shape.length;
    const key = [dtypeCode(output.dtype), batchRank, accumulate ? 1 : 0, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(matmulSource(output.dtype, batchRank, accumulate, slots)),
    );
    const [rows, columns] = [shape[rank - 2] as number, shape[rank - 1] as number];
    const params = [size, rows, columns, a.layout.shape[rank - 1] as number, ...batch.shape];
    views.forEach(({ layout: { offset, strides } }, k) => {
      const [row, column] = [strides[rank - 2] as number, strides[rank - 1] as number];
      params.push(offset, ...(batch.strides[k] as readonly number[]), row, column);
    });
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(size));
  }
}
