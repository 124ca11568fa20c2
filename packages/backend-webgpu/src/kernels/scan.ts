import type { ScanKernel } from '@gradus/backend';
import { bindViews } from '../codegen/bound-views.ts';
import { scanOps, scanSource } from '../codegen/scan-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs Scan kernels, one invocation per line. */
export class ScanRunner {
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  run({ op, input, output, axis, indices }: ScanKernel): void {
    const { shape, size } = input.layout;
    if (size === 0) return;
    const views = indices === undefined ? [input, output] : [input, output, indices];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(shape, axis, views);
    const rank = lines.shape.length;
    const key = [scanOps.indexOf(op), dtypeCode(input.dtype), rank, views.length, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(scanSource(op, input.dtype, rank, indices !== undefined, slots)),
    );
    const params = [lines.count, shape[axis] ?? 1, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(lines.count, 64));
  }
}
