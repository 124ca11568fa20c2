import { type Backend, decompose, type MaxPoolKernel } from '@gradus/backend';
import { collapse, isFloat } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { maxPoolSource } from '../codegen/max-pool-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Runs max pooling of floats, one invocation per window; that of integers is left to the decomposition. */
export class MaxPoolRunner {
  readonly #backend: Backend;
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#queue = queue;
  }

  run(kernel: MaxPoolKernel): void {
    const { input, output, indices, window, geometry } = kernel;
    if (!isFloat(input.dtype)) return decompose(this.#backend, kernel);
    const { shape, size } = output.layout;
    if (size === 0) return;
    const views = [input, output, indices];
    const { buffers, slots } = bindViews(views);
    const planes = collapse(
      shape.slice(0, 2),
      views.map(({ layout }) => layout.strides.slice(0, 2)),
    );
    const [planesRank, rank] = [planes.shape.length, window.length];
    const pipeline = this.#pipelines.get([dtypeCode(input.dtype), planesRank, rank, sharingCode(slots)], () =>
      this.#queue.createPipeline(maxPoolSource(input.dtype, planesRank, rank, slots)),
    );
    const positions = shape.slice(2);
    const params = [size, positions.reduce((product, n) => product * n, 1), ...planes.shape, ...positions];
    views.forEach(({ layout: { offset, strides } }, k) => {
      params.push(offset, ...(planes.strides[k] as readonly number[]), ...strides.slice(2));
    });
    const { stride, padding, dilation } = geometry;
    for (let s = 0; s < rank; s++) {
      const fields = [input.layout.shape[s + 2], window[s], stride[s], padding[s], dilation[s]];
      params.push(...(fields as number[]));
    }
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(size));
  }
}
