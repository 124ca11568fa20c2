import {
  type Backend,
  decompose,
  type NormalizationBackwardKernel,
  type NormalizationKernel,
  type View,
} from '@gradus/backend';
import {
  affineGradientSource,
  affineTotalSource,
  inputGradientSource,
  type NormalizationParts,
  normalizationSource,
} from '../codegen/normalization-source.ts';
import type { RowShape } from '../codegen/row-source.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import type { KernelSource } from '../queue/kernel-source.ts';
import { dtypeCode } from './lines.ts';
import { RowLauncher } from './row-launcher.ts';
import { areShortOrMany, partsOf, rowOperands, rowsOf } from './rows.ts';

/** Runs normalizations in one launch each, unless there are few and long rows. */
export class NormalizationRunner {
  readonly #backend: Backend;
  readonly #rows: RowLauncher;

  constructor(backend: Backend, queue: CommandQueue) {
    this.#backend = backend;
    this.#rows = new RowLauncher(queue);
  }

  run(kernel: NormalizationKernel): void {
    const { input, weight, bias, axes, eps, outputs } = kernel;
    const [output, variance, mean] = outputs;
    const operands = rowOperands([input, weight, bias, output], [variance, mean]);
    const rows = rowsOf(input.layout.shape, axes, operands);
    if (!areShortOrMany(rows)) return decompose(this.#backend, kernel);
    const has = { dtype: input.dtype, weight: weight !== null, bias: bias !== null, mean: mean !== undefined };
    const source = (shape: RowShape, slots: readonly number[]): KernelSource => normalizationSource(has, shape, slots);
    this.#rows.launch({ key: keyOf(has), source, rows, operands, numbers: [eps] });
  }
}

/** Runs their gradients: one launch for the input's; sums for those of weight and bias are made in parts, which are added then. */
export class NormalizationBackwardRunner {
  readonly #backend: Backend;
  readonly #pool: BufferPool;
  readonly #inputs: RowLauncher;
  readonly #parts: RowLauncher;
  readonly #totals: RowLauncher;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#pool = pool;
    this.#inputs = new RowLauncher(queue);
    this.#parts = new RowLauncher(queue);
    this.#totals = new RowLauncher(queue);
  }

  run(kernel: NormalizationBackwardKernel): void {
    const { gradient, input, weight, variance, mean, axes, eps, outputs } = kernel;
    const [ofInput, ofWeight, ofBias] = outputs;
    const operands = rowOperands([gradient, input, weight, ofInput], [variance, mean]);
    const rows = rowsOf(input.layout.shape, axes, operands);
    if (!areShortOrMany(rows)) return decompose(this.#backend, kernel);
    const has = { dtype: input.dtype, weight: weight !== null, bias: ofBias !== undefined, mean: mean !== null };
    const source = (shape: RowShape, slots: readonly number[]): KernelSource => inputGradientSource(has, shape, slots);
    this.#inputs.launch({ key: keyOf(has), source, rows, operands, numbers: [eps] });
    if (ofWeight !== undefined) this.#addUp(kernel, has, ofWeight, ofBias);
  }

  #addUp(kernel: NormalizationBackwardKernel, has: NormalizationParts, ofWeight: View, ofBias?: View): void {
    const { gradient, input, variance, mean, eps } = kernel;
    const { shape } = ofWeight.layout;
    const operands = rowOperands([gradient, input, variance, mean], []);
    const axes = shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
    const rows = rowsOf(input.layout.shape, axes, operands);
    const parts = partsOf(rows);
    const sums = this.#pool.reserve(8 * rows.rows * parts);
    this.#parts.launch({
      key: keyOf(has),
      source: (rowShape, slots) => affineGradientSource(has, rowShape, slots),
      rows,
      operands,
      scratch: [sums],
      numbers: [eps],
      parts,
    });
    const targets = rowOperands([], [ofWeight, ofBias]);
    this.#totals.launch({
      key: keyOf(has),
      source: (rowShape, slots) => affineTotalSource(has, rowShape, slots),
      rows: rowsOf([parts, ...shape], [0], targets),
      operands: targets,
      scratch: [sums],
    });
    this.#pool.recycle(sums);
  }
}

function keyOf({ dtype, weight, bias, mean }: NormalizationParts): readonly number[] {
  return [dtypeCode(dtype), weight ? 1 : 0, bias ? 1 : 0, mean ? 1 : 0];
}
