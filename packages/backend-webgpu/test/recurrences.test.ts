import { allocateView, type Backend, decompose, type FusedKernel, HostBackend, type View } from '@gradus/backend';
import { lstm, lstmBackward } from '@gradus/backend/nn';
import type { Shape } from '@gradus/storage';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { webgpu } from '../src/index.ts';
import type { RecurrencePlan } from '../src/kernels/recurrence-plan.ts';
import { describeOnGPU } from './gpu.ts';

/** What is planned for all steps of a test, whatever their sizes. */
let forced: RecurrencePlan;

vi.mock(import('../src/kernels/recurrence-plan.ts'), () => ({ planRecurrence: () => forced }));

/** All steps in a launch, two in a launch, and one that is spread over several workgroups. */
const plans: readonly RecurrencePlan[] = [
  { rows: 8, spread: 1, steps: 256 },
  { rows: 4, spread: 1, steps: 2 },
  { rows: 4, spread: 2, steps: 1 },
  { rows: 8, spread: 5, steps: 1 },
];

/** Steps, sequences, and more units than a workgroup takes, or has in its shared memory, at a time. */
const sizes: readonly (readonly [steps: number, batch: number, width: number])[] = [
  [1, 3, 33],
  [3, 9, 70],
  [3, 5, 131],
];

/** Makes views on a backend: of given content, the same for every backend, or to be written. */
class Operands {
  readonly #backend: Backend;
  readonly #views: View[] = [];
  #seed = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  some(shape: Shape, scale = 1): View {
    const view = this.empty(shape);
    const seed = ++this.#seed;
    const values = Float32Array.from(
      { length: view.layout.size },
      (_, i) => scale * Math.sin(12.9898 * (i + 1) + seed),
    );
    this.#backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
    return view;
  }

  empty(shape: Shape): View {
    const view = allocateView(this.#backend, shape, 'float32');
    this.#views.push(view);
    return view;
  }

  async read(view: View): Promise<Float32Array> {
    const bytes = await this.#backend.download(view.storage.handle, 0, view.storage.byteLength);
    return new Float32Array(bytes.slice().buffer);
  }

  release(): void {
    for (const view of this.#views) view.storage.release();
  }
}

interface Made {
  readonly kernel: FusedKernel;
  readonly outputs: readonly View[];
}

type Make = (operands: Operands, steps: number, batch: number, width: number, reverse: boolean) => Made;

const forward: Make = (operands, steps, batch, width, reverse) => {
  const [hidden, cell] = [operands.some([batch, width]), operands.some([batch, width])];
  const outputs = [width, width, 4 * width].map((n) => operands.empty([steps, batch, n])) as [View, View, View];
  const kernel = lstm({
    input: operands.some([steps, batch, 4 * width], 2),
    weight: operands.some([4 * width, width], 0.3),
    hidden,
    cell,
    reverse,
    outputs,
  });
  return { kernel, outputs };
};

const backward: Make = (operands, steps, batch, width, reverse) => {
  const some = (n: number): View => operands.some([steps, batch, n], 0.9);
  const shapes: readonly Shape[] = [
    [steps, batch, 4 * width],
    [4 * width, width],
    [batch, width],
    [batch, width],
  ];
  const outputs = shapes.map((shape) => operands.empty(shape)) as [View, View, View, View];
  const kernel = lstmBackward({
    ofHidden: some(width),
    ofCells: reverse ? null : some(width),
    weight: operands.some([4 * width, width], 0.3),
    hidden: operands.some([batch, width]),
    cell: operands.some([batch, width]),
    reverse,
    results: [some(width), some(width), some(4 * width)],
    outputs,
  });
  return { kernel, outputs };
};

await describeOnGPU(() => {
  const backend: Backend = webgpu();
  const host: Backend = new (class extends HostBackend {})('host');
  beforeAll(() => backend.initialize?.());
  afterAll(() => backend.dispose());

  const resultsOf = async (on: Backend, make: Make, size: readonly [number, number, number], reverse: boolean) => {
    const operands = new Operands(on);
    const { kernel, outputs } = make(operands, ...size, reverse);
    if (on === host) decompose(on, kernel);
    else on.launch(kernel);
    const results = await Promise.all(outputs.map((view) => operands.read(view)));
    operands.release();
    return results;
  };

  const kinds = { lstm: forward, 'backward of lstm': backward };
  for (const [name, make] of Object.entries(kinds)) {
    for (const reverse of [false, true]) {
      test(`${name}${reverse ? ', reverse' : ''}, in all ways`, { timeout: 300_000 }, async () => {
        for (const size of sizes) {
          const expected = await resultsOf(host, make, size, reverse);
          for (const plan of plans) {
            forced = plan;
            const results = await resultsOf(backend, make, size, reverse);
            expect(await resultsOf(backend, make, size, reverse), 'the same bits every time').toEqual(results);
            results.forEach((values, k) => {
              const difference = values.reduce(
                (most, x, i) => Math.max(most, Math.abs(x - (expected[k]?.[i] as number))),
                0,
              );
              const largest = (expected[k] as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
              // Sums of up to 4 x 131 float32 products, step upon step.
              expect(difference / largest, `result ${k}, [${size}], ${JSON.stringify(plan)}`).toBeLessThan(1e-5);
            });
          }
        }
      });
    }
  }
});
