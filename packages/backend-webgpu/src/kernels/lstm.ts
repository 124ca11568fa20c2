import {
  type Backend,
  decompose,
  type LstmBackwardKernel,
  type LstmKernel,
  type View,
  withLayout,
} from '@gradus/backend';
import { select, slice } from '@gradus/storage';
import { lstmBackwardRecurrence, lstmRecurrence } from '../codegen/lstm-source.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { CommandQueue } from '../queue/command-queue.ts';
import { matmulProduct } from './matmul.ts';
import { type Axes, merged, type Operand, operandOf, type Product } from './product.ts';
import type { ProductRunner } from './product-runner.ts';
import { RecurrenceLauncher, weightBytes } from './recurrence-launcher.ts';

/** Runs the steps of LSTMs: the product with the h before, and the cells, in one kernel. */
export class LstmRunner {
  readonly #backend: Backend;
  readonly #steps: RecurrenceLauncher;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool) {
    this.#backend = backend;
    this.#steps = new RecurrenceLauncher(queue, pool);
  }

  run(kernel: LstmKernel): void {
    const { input, weight, hidden, cell, reverse, outputs } = kernel;
    if (!fits(this.#backend, weight, 'units')) return decompose(this.#backend, kernel);
    const taken = (view: View): View => (reverse ? backwards(view) : view);
    const [steps, batch] = input.layout.shape as [number, number];
    this.#steps.launch({
      key: [],
      recurrence: () => lstmRecurrence(weight.dtype),
      views: [taken(input), hidden, cell, ...outputs.map(taken)],
      weight,
      terms: 'units',
      steps,
      batch,
    });
  }
}

/** Runs their gradients: steps from the last one back, and then products over all of them. */
export class LstmBackwardRunner {
  readonly #backend: Backend;
  readonly #steps: RecurrenceLauncher;
  readonly #product: ProductRunner;

  constructor(backend: Backend, queue: CommandQueue, pool: BufferPool, product: ProductRunner) {
    this.#backend = backend;
    this.#steps = new RecurrenceLauncher(queue, pool);
    this.#product = product;
  }

  run(kernel: LstmBackwardKernel): void {
    const { ofHidden, ofCells, weight, cell, reverse, results, outputs } = kernel;
    if (!fits(this.#backend, weight, 'gates')) return decompose(this.#backend, kernel);
    const [ofSums, , , ofFirstCell] = outputs;
    const [, cells, gates] = results;
    const taken = (view: View): View => (reverse ? view : backwards(view));
    const given = [ofHidden, ofCells].filter((view) => view !== null);
    const [steps, batch] = ofSums.layout.shape as [number, number];
    this.#steps.launch({
      key: [ofHidden === null ? 0 : 1, ofCells === null ? 0 : 1],
      recurrence: () => {
        return lstmBackwardRecurrence(weight.dtype, { ofHidden: ofHidden !== null, ofCells: ofCells !== null });
      },
      views: [taken(gates), taken(cells), cell, ...given.map(taken), taken(ofSums), ofFirstCell],
      weight,
      terms: 'gates',
      steps,
      batch,
    });
    for (const product of productsAfter(kernel)) this.#product.run(product);
  }
}

/** The gradient of the h before the first step; and the weight's, of the first step, whose h was given, and of all others. */
function productsAfter({ weight, hidden, reverse, results, outputs }: LstmBackwardKernel): readonly Product[] {
  const [ofSums, ofWeight, ofFirstHidden] = outputs;
  const others = (ofSums.layout.shape[0] as number) - 1;
  const ofFirst = withLayout(ofSums, select(ofSums.layout, 0, reverse ? others : 0));
  const products = [
    matmulProduct({ kind: 'matmul', a: ofFirst, b: weight, output: ofFirstHidden, accumulate: false }),
    weightProduct(ofFirst, hidden, ofWeight, false),
  ];
  if (others === 0) return products;
  const from = (view: View, start: number): View => withLayout(view, slice(view.layout, 0, start, others, 1));
  const [after, before] = reverse ? [0, 1] : [1, 0];
  return [...products, weightProduct(from(ofSums, after), from(results[0], before), ofWeight, true)];
}

/** output = sums^T states, over all axes but the last. */
function weightProduct(sums: View, states: View, output: View, accumulate: boolean): Product {
  const { shape, strides } = output.layout;
  const axis = (k: number): Axes => merged({ shape: shape.slice(k, k + 1), strides: strides.slice(k, k + 1) });
  return {
    label: 'lstm backward',
    left: columnsOf(sums),
    right: columnsOf(states),
    output: { view: output, batch: NONE, rows: axis(0), columns: axis(1) },
    accumulate,
  };
}

function columnsOf(view: View): Operand {
  const { shape, strides } = view.layout;
  return operandOf(
    view,
    NONE,
    { shape: shape.slice(-1), strides: strides.slice(-1) },
    { shape: shape.slice(0, -1), strides: strides.slice(0, -1) },
  );
}

const NONE: Axes = merged({ shape: [], strides: [] });

/** The steps of a sequence from the last to the first. */
function backwards(view: View): View {
  const steps = view.layout.shape[0] as number;
  return withLayout(view, slice(view.layout, 0, steps - 1, steps, -1));
}

/** Whether the GPU binds the weights as the kernels arrange them. */
function fits({ capabilities }: Backend, weight: View, terms: 'gates' | 'units'): boolean {
  return weightBytes(weight.layout.shape[1] as number, terms) <= capabilities.maxBufferBytes;
}
