import { type Backend, type ScatterKernel, type View, withScratch } from '@gradus/backend';
import { expand, Layout } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { scatterCombines, scatterSource, sortedScatterSource } from '../codegen/scatter-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Lines up to this length are walked by one invocation each, however few they are. */
const SHORT = 256;

/** So many lines keep a GPU busy with one invocation each. */
const MANY = 4096;

/**
 * Runs Scatter kernels without atomics, so that results are the same every time: elements of a line along the axis go to
 * one line of the output. One invocation takes a whole line; few and long ones are sorted by their indices first, and an
 * invocation takes all that goes to one element.
 */
export class ScatterRunner {
  readonly #backend: Backend;
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#queue = queue;
  }

  run(kernel: ScatterKernel): void {
    const { shape, size } = kernel.index.layout;
    if (size === 0) return;
    const length = shape[kernel.axis] ?? 1;
    if (length <= SHORT || size / length >= MANY) this.#byLines(kernel, length);
    else this.#bySorting(kernel, length);
  }

  #byLines({ output, index, source, axis, combine }: ScatterKernel, length: number): void {
    const { dtype } = output;
    const views = [output, index, source];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(index.layout.shape, axis, views);
    const rank = lines.shape.length;
    const how = scatterCombines.indexOf(combine);
    const key = [0, how, dtypeCode(dtype), dtypeCode(index.dtype), rank, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(scatterSource(combine, dtype, index.dtype, rank, slots)),
    );
    const params = [lines.count, length, output.layout.shape[axis] ?? 1, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(lines.count, 64));
  }

  #bySorting({ output, index, source, axis, combine }: ScatterKernel, length: number): void {
    withScratch(this.#backend, (allocate) => {
      const distinct = withoutRepeats(index, axis);
      const [sorted, order] = [0, 1].map(() => allocate(distinct.layout.shape, 'int32')) as [View, View];
      const sort = { kind: 'sort', input: distinct, values: sorted, indices: order, axis } as const;
      this.#backend.launch({ ...sort, descending: false, stable: true });
      const { shape } = index.layout;
      const spread = (view: View): View => ({ ...view, layout: expand(view.layout, shape) as Layout });
      const views = [output, spread(sorted), spread(order), source];
      const { buffers, slots } = bindViews(views);
      const lines = linesOf(shape, axis, views);
      const rank = lines.shape.length;
      const key = [1, scatterCombines.indexOf(combine), dtypeCode(output.dtype), 0, rank, sharingCode(slots)];
      const pipeline = this.#pipelines.get(key, () =>
        this.#queue.createPipeline(sortedScatterSource(combine, output.dtype, rank, slots)),
      );
      const targets = output.layout.shape[axis] as number;
      const params = [lines.count, length, targets, ...lines.shape];
      pushLines(params, lines, views);
      this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(lines.count * targets));
    });
  }
}

/** The indices without the axes along which they were stretched: lines that are all the same are sorted once. */
function withoutRepeats(index: View, axis: number): View {
  const { shape, strides, offset } = index.layout;
  const kept = shape.map((n, other) => (other !== axis && strides[other] === 0 ? 1 : n));
  return { storage: index.storage, dtype: index.dtype, layout: new Layout(kept, strides, offset) };
}
