import { type Backend, type ScatterCombine, type ScatterKernel, type View, withScratch } from '@gradus/backend';
import { expand, Layout } from '@gradus/storage';
import { bindViews } from '../codegen/bound-views.ts';
import { scatterCombines, scatterSource } from '../codegen/scatter-source.ts';
import { LEFT, PIECE, sortedScatterSource } from '../codegen/sorted-scatter-source.ts';
import { foldType } from '../codegen/value-type.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, linesOf, pushLines, sharingCode } from './lines.ts';
import { workgroupsFor } from './workgroups.ts';

/** Lines up to this length are walked by one invocation each, however few they are. */
const SHORT = 256;

/** So many lines of different indices keep a GPU busy with one invocation each, and take long to sort. */
const MANY = 4096;

/**
 * Runs Scatter kernels without atomics, so that results are the same every time: elements of a line along the axis go to
 * one line of the output. One invocation takes a whole line; few and long ones are sorted by their indices first, and then
 * combined piece by piece: what pieces leave is combined in pieces again, so that no invocation has much to do.
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
    const distinct = withoutRepeats(kernel.index, kernel.axis);
    if (length <= SHORT || distinct.layout.size / length >= MANY) this.#byLines(kernel, length);
    else this.#bySorting(kernel, distinct, length);
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

  #bySorting({ output, index, source, axis, combine }: ScatterKernel, distinct: View, length: number): void {
    withScratch(this.#backend, (allocate) => {
      const [targets, order] = [0, 1].map(() => allocate(distinct.layout.shape, 'int32')) as [View, View];
      const sort = { kind: 'sort', input: distinct, values: targets, indices: order, axis } as const;
      this.#backend.launch({ ...sort, descending: false, stable: true });
      let entries: Entries = { length, targets: stretched(targets, index), source, order: stretched(order, index) };
      for (let pieces = piecesOf(length); ; pieces = piecesOf(entries.length)) {
        const shape = index.layout.shape.map((n, other) => (other === axis ? LEFT * pieces : n));
        const left: Entries = {
          length: LEFT * pieces,
          targets: allocate(shape, 'int32'),
          source: allocate(shape, foldType(output.dtype)),
        };
        this.#combine(combine, output, axis, entries, left);
        if (pieces === 1) break;
        entries = left;
      }
    });
  }

  /** One round: what is left of `entries` goes to `left`. */
  #combine(combine: ScatterCombine, output: View, axis: number, entries: Entries, left: Entries): void {
    const { length, targets, source, order } = entries;
    const views = [output, targets, source, left.targets, left.source, ...(order ? [order] : [])];
    const { buffers, slots } = bindViews(views);
    const lines = linesOf(targets.layout.shape, axis, views);
    const round = { combine, dtype: output.dtype, from: source.dtype, rank: lines.shape.length };
    const how = scatterCombines.indexOf(combine);
    const key = [order ? 1 : 2, how, dtypeCode(round.dtype), dtypeCode(round.from), round.rank, sharingCode(slots)];
    const pipeline = this.#pipelines.get(key, () =>
      this.#queue.createPipeline(sortedScatterSource(round, order !== undefined, slots)),
    );
    const pieces = piecesOf(length);
    const params = [lines.count, length, output.layout.shape[axis] as number, pieces, ...lines.shape];
    pushLines(params, lines, views);
    this.#queue.dispatch(pipeline, buffers, params, workgroupsFor(lines.count * pieces));
  }
}

/** What goes to the output, along lines: where to, in order, and the values. */
interface Entries {
  readonly length: number;
  readonly targets: View;
  readonly source: View;
  /** Where the entries' values are in `source`, if not where the entries are. */
  readonly order?: View;
}

function piecesOf(length: number): number {
  return Math.ceil(length / PIECE);
}

/** The indices without the axes along which they were stretched: lines that are all the same are sorted once. */
function withoutRepeats(index: View, axis: number): View {
  const { shape, strides, offset } = index.layout;
  const kept = shape.map((n, other) => (other !== axis && strides[other] === 0 ? 1 : n));
  return { storage: index.storage, dtype: index.dtype, layout: new Layout(kept, strides, offset) };
}

/** Undoes `withoutRepeats` for a view of its shape. */
function stretched(view: View, { layout: { shape } }: View): View {
  return { ...view, layout: expand(view.layout, shape) as Layout };
}
