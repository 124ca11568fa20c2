import {
  type Backend,
  type CrossEntropyBackwardKernel,
  type CrossEntropyKernel,
  decompose,
  type View,
} from '@gradus/backend';
import {
  type CrossEntropyParts,
  crossEntropyBackwardSource,
  crossEntropySource,
  lossPartSource,
  lossTotalSource,
} from '../codegen/cross-entropy-source.ts';
import type { RowShape } from '../codegen/row-source.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { dtypeCode } from './lines.ts';
import { RowLauncher } from './row-launcher.ts';
import { areShortOrMany, partsOf, type Rows, rowOperands, rowsOf } from './rows.ts';

/** Runs cross entropies: a launch for the losses of all rows, and one that adds them up, which very many are in parts. */
export class CrossEntropyRunner {
  readonly #backend: Backend;
  readonly #pool: BufferPool;
  readonly #rows: RowLauncher;
  readonly #parts: RowLauncher;
  readonly #totals: RowLauncher;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#pool = pool;
    this.#rows = new RowLauncher(queue);
    this.#parts = new RowLauncher(queue);
    this.#totals = new RowLauncher(queue);
  }

  run(kernel: CrossEntropyKernel): void {
    const { input, target, weight, outputs } = kernel;
    const [loss, highest, sum, total] = outputs;
    const perRow = total === undefined && loss.layout.size === highest.layout.size;
    const operands = rowOperands([input, weight], [target, highest, sum, perRow ? loss : null]);
    const rows = rowsOf(input.layout.shape, [kernel.axis], operands);
    if (!fits(kernel, rows)) return decompose(this.#backend, kernel);
    const parts = { ...partsIn(kernel), perRow, averaged: total !== undefined };
    const launch = (scratch: readonly GpuBuffer[]): void => {
      const source = (shape: RowShape, slots: readonly number[]): KernelSource =>
        crossEntropySource(parts, shape, slots);
      this.#rows.launch({ key: keyOf(parts), source, rows, operands, scratch, numbers: numbersOf(kernel) });
    };
    if (perRow) return launch([]);
    this.#withBuffer(rows.rows, (losses) => {
      launch([losses]);
      this.#addUp(losses, rows.rows, parts, loss, total);
    });
  }

  #addUp(losses: GpuBuffer, count: number, has: CrossEntropyParts, loss: View, total?: View): void {
    const operands = rowOperands([], [loss, total]);
    const sumUp = (from: GpuBuffer, length: number): void => {
      const rows = rowsOf([length, ...loss.layout.shape], [0], operands);
      const source = (shape: RowShape, slots: readonly number[]): KernelSource => lossTotalSource(has, shape, slots);
      this.#totals.launch({ key: keyOf(has), source, rows, operands, scratch: [from] });
    };
    const rows = rowsOf([count], [0], []);
    const parts = partsOf(rows);
    if (parts === 1) return sumUp(losses, count);
    this.#withBuffer(parts, (sums) => {
      this.#parts.launch({ key: [], source: lossPartSource, rows, operands: [], scratch: [losses, sums], parts });
      sumUp(sums, parts);
    });
  }

  /** Lends memory for so many pairs of numbers. */
  #withBuffer(pairs: number, body: (buffer: GpuBuffer) => void): void {
    const buffer = this.#pool.reserve(8 * pairs);
    body(buffer);
    this.#pool.recycle(buffer);
  }
}

/** Runs their gradients in one launch. */
export class CrossEntropyBackwardRunner {
  readonly #backend: Backend;
  readonly #rows: RowLauncher;

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#rows = new RowLauncher(queue);
  }

  run(kernel: CrossEntropyBackwardKernel): void {
    const { gradient, input, target, weight, highest, sum, total, outputs } = kernel;
    const operands = rowOperands([input, weight, outputs[0]], [gradient, target, highest, sum, total]);
    const rows = rowsOf(input.layout.shape, [kernel.axis], operands);
    if (!fits(kernel, rows)) return decompose(this.#backend, kernel);
    const parts = { ...partsIn(kernel), perRow: false, averaged: total !== null };
    const source = (shape: RowShape, slots: readonly number[]): KernelSource =>
      crossEntropyBackwardSource(parts, shape, slots);
    this.#rows.launch({ key: keyOf(parts), source, rows, operands, numbers: numbersOf(kernel) });
  }
}

type Kernel = CrossEntropyKernel | CrossEntropyBackwardKernel;

/** Parameters are float32: an ignored index has to be one. */
function fits({ ignoreIndex }: Kernel, rows: Rows): boolean {
  return areShortOrMany(rows) && Math.fround(ignoreIndex) === ignoreIndex;
}

function partsIn({ input, weight, smoothing }: Kernel): Pick<CrossEntropyParts, 'dtype' | 'weighted' | 'smoothed'> {
  return { dtype: input.dtype, weighted: weight !== null, smoothed: smoothing > 0 };
}

function keyOf({ dtype, weighted, smoothed, perRow, averaged }: CrossEntropyParts): readonly number[] {
  return [dtypeCode(dtype), ...[weighted, smoothed, perRow, averaged].map(Number)];
}

function numbersOf({ input, axis, ignoreIndex, smoothing }: Kernel): readonly number[] {
  return [ignoreIndex, 1 - smoothing, smoothing / (input.layout.shape[axis] as number)];
}
