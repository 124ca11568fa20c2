import type { View } from '@gradus/backend';
import { bindViews } from '../codegen/bound-views.ts';
import { paddedSizes, type Recurrence, recurrenceSource } from '../codegen/recurrence-source.ts';
import { recurrentWeightsSource } from '../codegen/recurrent-weights-source.ts';
import { isSoftware } from '../device/software.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { planRecurrence } from './recurrence-plan.ts';
import { workgroupsFor } from './workgroups.ts';

export interface RecurrenceLaunch {
  /** What the code depends on beside the weight's dtype, always as many numbers. */
  readonly key: readonly number[];
  readonly recurrence: () => Recurrence;
  /** Those of the recurrence: [steps, batch, ...] in the order in which steps are taken, or [batch, ...]. */
  readonly views: readonly View[];
  /** [4 width, width] */
  readonly weight: View;
  /** What a step's product sums over: all gates, for every unit; otherwise all units, for every gate. */
  readonly terms: 'gates' | 'units';
  readonly steps: number;
  readonly batch: number;
}

/** Launches steps of recurrent layers: many of them at once where weights are small, otherwise one by one. */
export class RecurrenceLauncher {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #isSoftware: boolean;
  readonly #weights = new PipelineCache();
  readonly #steps = new PipelineCache();

  constructor(queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
    this.#isSoftware = isSoftware(queue.device);
  }

  launch({ key, recurrence, views, weight, terms, steps, batch }: RecurrenceLaunch): void {
    const width = weight.layout.shape[1] as number;
    const { columns, depth } = sizesOf(width, terms);
    const { buffers, slots } = bindViews(views);
    const plan = planRecurrence({ batch, columns, depth }, this.#isSoftware);
    const pipeline = this.#steps.get([...key, dtypeCode(weight.dtype), plan.rows, sharingCode(slots)], () =>
      this.#queue.createPipeline(recurrenceSource(recurrence(), plan.rows, slots)),
    );
    const weights = this.#arrange(weight, terms);
    const groups = Math.ceil(batch / plan.rows) * plan.spread;
    const places = views.flatMap(({ layout: { offset, strides } }) => {
      return [offset, ...(strides.length === 2 ? [0] : []), ...strides];
    });
    for (let first = 0; first < steps; first += plan.steps) {
      const end = Math.min(first + plan.steps, steps);
      const sizes = [groups, first, end, steps, plan.spread, batch, width, columns, depth];
      this.#queue.dispatch(pipeline, [...buffers, weights], [...sizes, ...places], groups);
    }
    this.#pool.recycle(weights);
  }

  /** A copy of the weight as steps read it. */
  #arrange({ storage, layout, dtype }: View, terms: RecurrenceLaunch['terms']): GpuBuffer {
    const width = layout.shape[1] as number;
    const { columns, depth } = sizesOf(width, terms);
    const pipeline = this.#weights.get([dtypeCode(dtype)], () =>
      this.#queue.createPipeline(recurrentWeightsSource(dtype)),
    );
    const [row, column] = layout.strides as readonly [number, number];
    const values =
      terms === 'gates'
        ? [4 * width, 4, layout.offset, row, column, 0]
        : [width, 1, layout.offset, column, row, width * row];
    const weights = this.#pool.reserve(16 * columns * depth);
    const buffers = [storage.handle as GpuBuffer, weights];
    this.#queue.dispatch(pipeline, buffers, [columns, depth, width, ...values], workgroupsFor(columns * depth));
    return weights;
  }
}

/** Bytes that arranged weights take. */
export function weightBytes(width: number, terms: RecurrenceLaunch['terms']): number {
  const { columns, depth } = sizesOf(width, terms);
  return 16 * columns * depth;
}

function sizesOf(width: number, terms: RecurrenceLaunch['terms']): ReturnType<typeof paddedSizes> {
  return terms === 'gates' ? paddedSizes(Math.ceil(width / 4), 4 * width) : paddedSizes(width, width);
}
