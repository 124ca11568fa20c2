import type { View } from '@gradus/backend';
import { bindViews } from '../codegen/bound-views.ts';
import { gateWeightsSource } from '../codegen/gate-weights-source.ts';
import { blocksOf, paddedSizes, type Recurrence, recurrenceSource } from '../codegen/recurrence-source.ts';
import { isSoftware } from '../device/software.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { PipelineCache } from '../queue/pipeline-cache.ts';
import { dtypeCode, sharingCode } from './lines.ts';
import { BUSY } from './product-plan.ts';
import { workgroupsFor } from './workgroups.ts';

export interface RecurrenceLaunch {
  /** What the code depends on beside the weight's dtype, always as many numbers. */
  readonly key: readonly number[];
  readonly recurrence: () => Recurrence;
  /** In the order of the recurrence's: [steps, batch, ...] in the order in which steps are taken, or [batch, ...]. */
  readonly views: readonly View[];
  /** [4 width, width] */
  readonly weight: View;
  /** Whether a state of gates is multiplied with the weight; otherwise one of units with its transpose. */
  readonly ofGates: boolean;
  readonly steps: number;
  readonly batch: number;
}

/** Launches steps of recurrent layers: all of them at once, where every workgroup can read all weights in every step. */
export class RecurrenceLauncher {
  readonly #queue: CommandQueue;
  readonly #pool: BufferPool;
  readonly #busy: number;
  readonly #weights = new PipelineCache();
  readonly #steps = new PipelineCache();

  constructor(queue: CommandQueue, pool: BufferPool) {
    this.#queue = queue;
    this.#pool = pool;
    this.#busy = isSoftware(queue.device) ? BUSY.software : BUSY.gpu;
  }

  launch({ key, recurrence, views, weight, ofGates, steps, batch }: RecurrenceLaunch): void {
    const width = weight.layout.shape[1] as number;
    const { columns, depth } = paddedSizes(width);
    const weights = this.#arrange(weight, ofGates);
    const { buffers, slots } = bindViews(views);
    const plan = planRecurrence(batch, width, this.#busy);
    const pipeline = this.#steps.get([...key, dtypeCode(weight.dtype), plan.rows, sharingCode(slots)], () =>
      this.#queue.createPipeline(recurrenceSource(recurrence(), plan.rows, slots)),
    );
    const groups = Math.ceil(batch / plan.rows) * plan.spread;
    const places = views.flatMap(({ layout: { offset, strides } }) => [
      offset,
      ...(strides.length === 2 ? [0] : []),
      ...strides,
    ]);
    for (let first = 0; first < steps; first += plan.steps) {
      const end = Math.min(first + plan.steps, steps);
      const sizes = [groups, first, end, steps, plan.spread, batch, width, columns, depth];
      this.#queue.dispatch(pipeline, [...buffers, weights], [...sizes, ...places], groups);
    }
    this.#pool.recycle(weights);
  }

  /** A copy of the weight as the steps read it. */
  #arrange({ storage, layout, dtype }: View, ofGates: boolean): GpuBuffer {
    const width = layout.shape[1] as number;
    const { columns, depth } = paddedSizes(width);
    const weights = this.#pool.reserve(weightBytes(width));
    const pipeline = this.#weights.get([dtypeCode(dtype)], () => this.#queue.createPipeline(gateWeightsSource(dtype)));
    const [row, column] = layout.strides as readonly [number, number];
    const steps = ofGates ? [row, column] : [column, row];
    const values = [width, columns, depth, layout.offset, width * row, ...steps];
    this.#queue.dispatch(pipeline, [storage.handle as GpuBuffer, weights], values, workgroupsFor(columns * depth));
    return weights;
  }
}

/** Bytes that the arranged weights take. */
export function weightBytes(width: number): number {
  const { columns, depth } = paddedSizes(width);
  return 16 * columns * depth;
}

interface RecurrencePlan {
  /** Rows of a workgroup. */
  readonly rows: number;
  /** Among how many workgroups the units of some rows are spread; all of a row's step is done before its next one. */
  readonly spread: number;
  /** Steps of a launch. */
  readonly steps: number;
}

/** Up to so many bytes of weights come fast enough from a GPU's caches to be read by every workgroup in every step. */
const SHARED_WEIGHTS = 2 ** 18;

/** Steps that one launch takes at most: a GPU that is busy with one for seconds is taken for hung. */
const MOST_STEPS = 256;

function planRecurrence(batch: number, width: number, busy: number): RecurrencePlan {
  const isSmall = weightBytes(width) <= SHARED_WEIGHTS;
  const spread = isSmall ? 1 : blocksOf(width);
  const isLarge = batch > 4 && Math.ceil(batch / 8) * spread >= busy;
  return { rows: isLarge ? 8 : 4, spread, steps: isSmall ? MOST_STEPS : 1 };
}
