import { hostKernels, type ScanKernel } from '@gradus/backend';
import type { Engine } from '../engine.ts';
import { hostViewOf } from '../host-access.ts';
import type { RangeKernel } from '../pool/take-chunks.ts';
import { forEachRun, type Lines, linesOf } from './lines.ts';
import { runningSumKernel } from './running-sum-code.ts';
import { scanKernel } from './scan-code.ts';

/** Nanoseconds per element, with and without exponentials. */
const [ELEMENT_COST, EXPONENTIAL_COST] = [0.7, 10];

/** Lines are dealt out by so many: those of a vector and more, so that no two threads write to one cache line. */
const LINE = 16;

/** Running folds along an axis. */
export class ScanRunner {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  run(kernel: ScanKernel): void {
    const { op, input, output, axis, indices } = kernel;
    if (output.layout.size === 0) return;
    const views = indices === undefined ? [input, output] : [input, output, indices];
    const lines = linesOf(views, axis);
    const { memory } = this.#engine;
    if (op === 'logsumexp' && lines.grid.columns === 1) {
      // Exponentials in one lane of four are slower than the engine's own.
      hostKernels.scan(op, hostViewOf(memory, input), hostViewOf(memory, output), axis);
      return;
    }
    const loop = this.#loopFor(kernel, lines);
    const cost = (op === 'logsumexp' ? EXPONENTIAL_COST : ELEMENT_COST) * lines.length;
    const words = memory.array('int32') as Int32Array;
    forEachRun(words, views, lines, () => {
      this.#engine.parallel(loop, { total: lines.grid.columns, cost, align: LINE }, lines.length);
    });
  }

  #loopFor({ op, input: { dtype }, indices }: ScanKernel, { steps, grid }: Lines): RangeKernel {
    const withIndices = indices !== undefined;
    const isRunningSum = op === 'sum' && dtype === 'float32' && steps.every((step) => step === 1);
    const isUnit = grid.strides.every((stride) => stride === 1);
    const step = isRunningSum ? 'line' : grid.columns === 1 ? 'still' : isUnit ? 'unit' : 'strided';
    return this.#engine.kernel('scan', [op, dtype, withIndices, step], () => ({
      scan: step === 'line' ? runningSumKernel() : scanKernel({ op, dtype, withIndices, step }),
    }));
  }
}
