import type { GatherKernel } from '@gradus/backend';
import { bindViews } from '../codegen/bound-views.ts';
import { gatherSource } from '../codegen/gather-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs Gather kernels, one invocation per element of the output. */
export class GatherRunner {
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  run({ source, index, output, axis }: GatherKernel): void {
    const { shape, size } = output.layout;
    if (size === 0) return;
    const views = [source, index, output];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(shape, axis, views);
    const rank = lines.shape.length;
    const key = [dtypeCode(source.dtype), dtypeCode(index.dtype), rank, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(gatherSource(source.dtype, index.dtype, rank, slots)),
    );
    const params = [size, shape[axis] ?? 1, source.layout.shape[axis] ?? 1, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(size));
  }
}
