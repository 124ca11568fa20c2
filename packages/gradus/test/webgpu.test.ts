import { describe, expect, test } from 'vitest';
import {
  Adam,
  Conv2d,
  crossEntropy,
  Embedding,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  manualSeed,
  PhiloxGenerator,
  ReLU,
  randint,
  randn,
  Sequential,
  scope,
  type Tensor,
  TransformerEncoderLayer,
  use,
} from '../src/index.ts';

const missing = await use('webgpu').then(
  () => null,
  (error: Error) => error.message,
);

/** What `body` gives on each backend in turn. */
async function onEach<T>(names: readonly string[], body: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (const name of names) {
    await use(name);
    results.push(await body());
  }
  return results;
}

async function losses(model: Module<[Tensor]>, x: Tensor, y: Tensor, steps: number): Promise<readonly number[]> {
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const all: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = scope(() => {
      const current = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      current.backward();
      optimizer.step();
      return current;
    });
    all.push(await loss.item());
  }
  return all;
}

/** Two convolutions with pooling. (LeCun et al. 1998.) */
function trainLeNet(): Promise<readonly number[]> {
  manualSeed(1);
  const model = new Sequential(
    new Conv2d(1, 4, 5, { padding: 2 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(4, 8, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(32, 10),
  );
  return losses(model, randn([6, 1, 16, 16]), randint(10, [6]), 4);
}

function trainTransformer(): Promise<readonly number[]> {
  manualSeed(2);
  const model = new Sequential(
    new Embedding(11, 16),
    new TransformerEncoderLayer(16, 2, { dimFeedforward: 32, dropout: 0, batchFirst: true }),
    new Flatten(0, 1),
    new Linear(16, 11),
  );
  return losses(model, randint(11, [3, 9]), randint(11, [27]), 4);
}

describe.skipIf(missing !== null)(`on the GPU${missing === null ? '' : ` (LEFT OUT: ${missing})`}`, () => {
  test.each([
    ['a small LeNet', trainLeNet],
    ['a small transformer', trainTransformer],
  ])('%s trains as on cpu', { timeout: 240_000 }, async (_, train) => {
    const [onCpu, onGpu] = (await onEach(['cpu', 'webgpu'], train)) as [readonly number[], readonly number[]];
    expect(onCpu.at(-1)).toBeLessThan(onCpu[0] as number);
    // Other roundings of the same sums, which Adam's first steps may make larger.
    onGpu.forEach((loss, step) => {
      expect(Math.abs(loss / (onCpu[step] as number) - 1), `step ${step}`).toBeLessThan(1e-3);
    });
  });

  test('a seed gives the same uniform numbers to the bit on every backend', { timeout: 60_000 }, async () => {
    const drawn = await onEach(['cpu', 'wasm', 'webgpu'], async () => {
      const generator = new PhiloxGenerator(2026);
      return [await generator.rand([1001]).toArray(), await generator.bernoulli(0.3, [50]).toArray()];
    });
    expect(drawn[1]).toEqual(drawn[0]);
    expect(drawn[2]).toEqual(drawn[0]);
  });
});
