import type { FloatType } from '../codegen/line-code.ts';
import type { Engine } from '../engine.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { depthwiseInputKernel, depthwiseKernel, depthwiseWeightKernel } from './depthwise-code.ts';

/** A convolution with one channel per group, in linear memory; addresses, numbers and bytes as `depthwise-code.ts` has them. */
export interface Depthwise {
  readonly image: number;
  readonly weight: number;
  readonly plane: number;
  readonly windows: number;
  readonly positions: number;
  readonly elements: number;
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
  readonly groups: number;
  readonly outer: number;
  readonly channelBytes: number;
}

/** Nanoseconds of a multiplication and an addition. */
const STEP_COST = 0.15;

/** Convolution and its gradients where every group is one channel. */
export class DepthwiseRunner {
  readonly #engine: Engine;
  readonly #kernels: Readonly<Record<'forward' | 'input' | 'weight', RangeKernel>>;

  constructor(engine: Engine, type: FloatType) {
    this.#engine = engine;
    this.#kernels = engine.compile({
      forward: depthwiseKernel(type),
      input: depthwiseInputKernel(type),
      weight: depthwiseWeightKernel(type),
    }) as Readonly<Record<'forward' | 'input' | 'weight', RangeKernel>>;
  }

  forward(work: Depthwise): void {
    this.#run('forward', work, work.batch * work.groups * work.outer);
  }

  input(work: Depthwise): void {
    this.#run('input', work, work.batch * work.groups);
  }

  weight(work: Depthwise): void {
    this.#run('weight', work, work.groups * work.outer * work.elements);
  }

  #run(name: 'forward' | 'input' | 'weight', work: Depthwise, total: number): void {
    const { image, weight, plane, windows, positions } = work;
    const { elements, rows, columns, batch, groups, outer, channelBytes } = work;
    const steps = batch * groups * outer * elements * rows * columns;
    this.#engine.parallel(
      this.#kernels[name],
      { total, cost: (STEP_COST * steps) / Math.max(total, 1) },
      ...[image, weight, plane, windows, positions],
      ...[elements, rows, columns, batch, groups, outer, channelBytes],
    );
  }
}
