import { bindViews } from '../codegen/bound-views.ts';
import { type RowShape, rowWorkgroup } from '../codegen/row-source.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { sharingCode } from './lines.ts';
import type { RowOperand, Rows } from './rows.ts';
import { isShared } from './workgroups.ts';

export interface RowLaunch {
  /** What the code depends on beside how rows lie, always as many numbers. */
  readonly key: readonly number[];
  readonly source: (shape: RowShape, slots: readonly number[]) => KernelSource;
  readonly rows: Rows;
  readonly operands: readonly RowOperand[];
  /** Buffers behind those of the operands. */
  readonly scratch?: readonly GpuBuffer[];
  /** The kernel's own parameters. */
  readonly numbers?: readonly number[];
  /** How many teams of lanes share a row. */
  readonly parts?: number;
}

/** Launches one kind of kernel over rows. */
export class RowLauncher {
  readonly #queue: CommandQueue;
  readonly #pipelines = new PipelineCache();

  constructor(queue: CommandQueue) {
    this.#queue = queue;
  }

  launch({ key, source, rows, operands, scratch = [], numbers = [], parts = 1 }: RowLaunch): void {
    const { depth } = rows;
    const { subgroups, isSoftware } = this.#queue;
    const lanes = isShared(rows.rows * parts, isSoftware) ? rows.shape.lanes : 1;
    const shape = { ...rows.shape, lanes, subgroups };
    const { buffers, slots } = bindViews(operands.map(({ view }) => view));
    const full = [...key, shape.rank, shape.depthRank, shape.lanes, shape.across ? 1 : 0, sharingCode(slots)];
    const pipeline = this.#pipelines.get(full, () => this.#queue.createPipeline(source(shape, slots)));
    const partLength = Math.ceil(depth / parts);
    const params = [rows.rows, depth, partLength, parts, ...rows.sizes, ...rows.places, ...numbers];
    const groups = Math.ceil((rows.rows * parts * shape.lanes) / rowWorkgroup(shape));
    this.#queue.dispatch(pipeline, [...buffers, ...scratch], params, groups);
  }
}
