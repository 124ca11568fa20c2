import { describe, expect, test } from 'vitest';
import { Linear, manualSeed, mseLoss, randn, Sequential, SGD, Tanh, type Tensor, use, wasm } from '../src/index.ts';

const STEPS = 20_000;

/** One training step as a newcomer writes it: nothing is disposed. */
function naiveTraining(): () => Tensor {
  manualSeed(0);
  const model = new Sequential(new Linear(2, 16), new Tanh(), new Linear(16, 1));
  const optimizer = new SGD(model.parameters(), { lr: 0.01 });
  const [x, y] = [randn([50, 2]), randn([50, 1])];
  return () => {
    const loss = mseLoss(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
}

const backend = await use('wasm');

describe(`memory of the wasm backend over ${STEPS} steps that dispose nothing`, () => {
  test('stays flat where the loop reads the loss', { timeout: 120_000 }, async () => {
    const step = naiveTraining();
    const before = backend.memory().liveBytes;
    let last = Number.NaN;
    for (let i = 0; i < STEPS; i++) last = await step().item();
    expect(last).toBeGreaterThan(0);
    expect(backend.memory().peakBytes - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('stays flat where the loop returns to the event loop now and then', { timeout: 120_000 }, async () => {
    const step = naiveTraining();
    for (let i = 0; i < STEPS; i++) {
      step();
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    expect(backend.memory().peakBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test('fits into little memory where the loop never returns to the event loop', { timeout: 120_000 }, async () => {
    const train = (): number => {
      const step = naiveTraining();
      let loss = step();
      for (let i = 1; i < STEPS; i++) loss = step();
      return loss.itemSync();
    };
    const small = await use(wasm({ name: 'small', maxMemory: 32 * 1024 * 1024, collectAbove: 8 * 1024 * 1024 }));
    const loss = train();
    // It made far more than there is room for.
    expect(small.memory().liveBytes).toBeGreaterThan(64 * 1024 * 1024);
    await use(backend);
    expect(loss).toBe(train());
  });
});
