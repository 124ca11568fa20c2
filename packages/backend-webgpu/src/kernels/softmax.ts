import { type Backend, decompose, type SoftmaxKernel } from '@gradus/backend';
import { softmaxSource } from '../codegen/softmax-source.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { dtypeCode } from './lines.ts';
import { RowLauncher } from './row-launcher.ts';
import { areShortOrMany, rowsOf } from './rows.ts';

/** Runs Softmax kernels in one launch, unless there are few and long rows. */
export class SoftmaxRunner {
  readonly #backend: Backend;
  readonly #rows: RowLauncher;

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#rows = new RowLauncher(queue);
  }

  run(kernel: SoftmaxKernel): void {
    const { input, output, axis, log } = kernel;
    const { shape, size } = input.layout;
    if (size === 0) return;
    const operands = [input, output].map((view) => ({ view, along: true }));
    const rows = rowsOf(shape, [axis], operands);
    if (!areShortOrMany(rows)) return decompose(this.#backend, kernel);
    this.#rows.launch({
      key: [dtypeCode(input.dtype), log ? 1 : 0],
      source: (rowShape, slots) => softmaxSource(input.dtype, log, rowShape, slots),
      rows,
      operands,
    });
  }
}
