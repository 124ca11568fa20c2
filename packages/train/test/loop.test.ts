import { type Capabilities, defaultBackend, HostBackend } from '@gradus/backend';
import { DataLoader, GeneratorDataset } from '@gradus/data';
import { crossEntropy } from '@gradus/losses';
import { Linear, type Module } from '@gradus/nn';
import { GradScaler, ReduceLROnPlateau, SGD, StepLR } from '@gradus/optim';
import { ArgumentError } from '@gradus/storage';
import { manualSeed, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { accuracy, type Callback, History, Trainer, type TrainerOptions } from '../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from './setup.ts';

/** A linear model and plain gradient descent: what happens to gradients shows in the parameters. */
function linearRun(options: Partial<TrainerOptions<Batch>> = {}): { trainer: Trainer<Batch>; model: Module } {
  manualSeed(3);
  const model = new Linear(2, 2);
  const trainer = new Trainer<Batch>({
    model,
    optimizer: new SGD(model.parameters(), { lr: 0.5 }),
    forward: ({ x }) => model.forward(x),
    loss: (outputs, { y }) => crossEntropy(outputs, y),
    metrics: [accuracy(({ y }) => y)],
    ...options,
  });
  return { trainer, model };
}

describe('gradients of several batches', () => {
  test.each([
    [25, 2, 50],
    [10, 5, 50],
    [10, 2, 20],
    [8, 7, 50],
    [9, 3, 27],
  ])('of %i samples, %i at a time, update as those of %i at once', async (batchSize, accumulate, whole) => {
    const runs = [
      [{ accumulate }, { batchSize, shuffle: false }],
      [{}, { batchSize: whole, shuffle: false }],
    ] as const;
    const ends = await Promise.all(
      runs.map(async ([options, loading]) => {
        const history = new History<Batch>();
        const { trainer, model } = linearRun({ ...options, callbacks: [history] });
        await trainer.fit(createLoader(loading), { epochs: 3 });
        return { losses: history.losses, accuracy: history.epochs.map(({ training }) => training.accuracy), model };
      }),
    );
    const [parts, once] = ends as [(typeof ends)[0], (typeof ends)[0]];
    expect(parts.losses.length).toBe(3 * Math.ceil(50 / whole));
    for (const [i, loss] of parts.losses.entries()) expect(loss).toBeCloseTo(once.losses[i] as number, 6);
    expect(parts.accuracy).toEqual(once.accuracy);
    const [a, b] = [parts.model, once.model].map((model) =>
      model.parameters().flatMap((p) => Array.from(p.detach().reshape([-1]).toArraySync() as number[])),
    );
    for (const [i, value] of (a as number[]).entries()) expect(value).toBeCloseTo(b?.[i] as number, 5);
  });

  test('leave no live buffers', async () => {
    const counts = new Set<number>();
    const { trainer } = linearRun({
      accumulate: 3,
      callbacks: [{ onStepEnd: () => void counts.add(defaultBackend().memory().liveBuffers) }],
    });
    await trainer.fit(createLoader(), { epochs: 2 });
    expect(counts.size).toBe(1);
  });

  test.each([0, 1.5, -1])('accumulate %d is refused', (accumulate) => {
    expect(() => linearRun({ accumulate })).toThrow(ArgumentError);
  });
});

describe('numbers are read', () => {
  /** Reads like a device: not without waiting. */
  class Waiting extends HostBackend {
    override readonly capabilities: Capabilities = { ...new HostBackend('waiting').capabilities, syncRead: false };
    reads = 0;
    override async download(...args: Parameters<HostBackend['download']>): Promise<Uint8Array> {
      this.reads++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return super.download(...args);
    }
  }

  /** Losses of a run on a backend that has to be waited for, and which step each of them came after. */
  async function waitingRun(
    stepsPerRead?: number,
  ): Promise<{ losses: number[]; lags: number[]; reads: number; last: unknown }> {
    const backend = new Waiting('waiting');
    manualSeed(3);
    const weight = tensor(
      [
        [0.1, -0.2],
        [0.3, 0.4],
      ],
      { backend, requiresGrad: true },
    );
    const model = new Linear(2, 2);
    model.weight.setData(weight.detach());
    model.bias?.setData(tensor([0, 0], { backend }));
    const loader = new DataLoader(new GeneratorDataset(() => Array.from({ length: 21 }, (_, i) => i), { length: 21 }), {
      collate: ([i]) => ({
        x: tensor([[i as number, 1]], { backend }),
        y: tensor([(i as number) % 2], { backend, dtype: 'int32' }),
      }),
    });
    const losses: number[] = [];
    const lags: number[] = [];
    let updates = 0;
    const history = new History<Batch>();
    const callback: Callback<Batch> = {
      onGradients: () => void updates++,
      onStepEnd: ({ step }, _, { loss }) => {
        losses.push(loss as number);
        lags.push(updates - step);
      },
    };
    const trainer = new Trainer<Batch>({
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.01 }),
      forward: ({ x }) => model.forward(x),
      loss: (outputs, { y }) => crossEntropy(outputs, y),
      metrics: [accuracy(({ y }) => y)],
      callbacks: [callback, history],
      ...(stepsPerRead === undefined ? {} : { stepsPerRead }),
    });
    await trainer.fit(loader, { epochs: 1 });
    const { samplesPerSecond: _, ...last } = history.epochs[0]?.training ?? {};
    return { losses, lags, reads: backend.reads, last };
  }

  test('of several steps together, while the next are launched, and all of them', async () => {
    const together = await waitingRun();
    const single = await waitingRun(1);
    expect(together.losses.length).toBe(21);
    expect(together.losses).toEqual(single.losses);
    expect(together.last).toEqual(single.last);
    // 8 steps are read when the 8 after them are launched; the rest when the epoch ends.
    expect(together.lags[0]).toBe(15);
    expect(Math.max(...single.lags)).toBe(1);
    // Losses and one metric, for 8 + 8 + 5 steps.
    expect(together.reads).toBe(6);
  });

  test('at once where that costs nothing', async () => {
    let updates = 0;
    const lags = new Set<number>();
    const { trainer } = linearRun({
      callbacks: [{ onGradients: () => void updates++, onStepEnd: ({ step }) => void lags.add(updates - step) }],
    });
    await trainer.fit(createLoader(), { epochs: 1 });
    expect([...lags]).toEqual([0]);
  });
});

describe('pause', () => {
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

  test('halts between steps, and resume goes on to the same numbers', async () => {
    const whole = linearRun();
    await whole.trainer.fit(createLoader(), { epochs: 2 });
    const steps: number[] = [];
    const { trainer, model } = linearRun({
      callbacks: [
        {
          onStepEnd: ({ step }) => {
            steps.push(step);
            if (steps.length === 3) trainer.pause();
          },
        },
      ],
    });
    const done = trainer.fit(createLoader(), { epochs: 2 });
    await tick();
    expect(steps).toEqual([1, 2, 3]);
    expect(trainer.isPaused).toBe(true);
    await tick();
    expect(steps.length).toBe(3);
    trainer.resume();
    await done;
    expect(steps.length).toBe(14);
    expect(await numbersOf(model)).toEqual(await numbersOf(whole.model));
  });

  test.each(['stop', 'signal'] as const)('ends by %s, too', async (how) => {
    const controller = new AbortController();
    const { trainer } = linearRun({ callbacks: [{ onUpdate: () => trainer.pause() }] });
    const done = trainer.fit(createLoader(), { epochs: 2, signal: controller.signal });
    await tick();
    if (how === 'stop') trainer.stop();
    else controller.abort();
    await done;
    expect(trainer.state).toMatchObject({ epoch: 0, step: 1 });
  });
});

test('stop ends a run, and a later fit goes on', async () => {
  const { trainer } = linearRun({ callbacks: [{ onStepEnd: ({ step }) => void (step === 4 && trainer.stop()) }] });
  const loader = createLoader();
  await trainer.fit(loader, { epochs: 1 });
  expect(trainer.state.step).toBe(4);
  await trainer.fit(loader, { epochs: 1 });
  expect(trainer.state).toMatchObject({ epoch: 1, step: 0 });
});

describe('validation', () => {
  test('comes after every so many epochs, and after the last', async () => {
    const history = new History<Batch>();
    const { trainer } = linearRun({ callbacks: [history] });
    await trainer.fit(createLoader(), { epochs: 5, validation: createLoader(), validateEvery: 2 });
    expect(history.epochs.map(({ validation }) => validation !== null)).toEqual([false, true, false, true, true]);
  });
});

describe('the scheduler', () => {
  test('may follow the loss of the validation', async () => {
    const {
      trainer: { options },
    } = linearRun();
    const scheduler = new ReduceLROnPlateau(options.optimizer, { patience: 0, threshold: 1e9, thresholdMode: 'abs' });
    const trainer = new Trainer({ ...options, scheduler });
    await trainer.fit(createLoader(), { epochs: 3, validation: createLoader() });
    expect(options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.5 * 0.1 ** 2, 12);
    // An epoch without validation says nothing.
    await trainer.fit(createLoader(), { epochs: 6, validation: createLoader(), validateEvery: 3 });
    expect(options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.5 * 0.1 ** 3, 12);
    expect(() => new Trainer({ ...options, scheduler, scheduleSteps: true })).toThrow('stepped by epochs');
  });

  test('may be stepped by steps', async () => {
    const {
      trainer: { options },
    } = linearRun();
    const scheduler = new StepLR(options.optimizer, 2, { gamma: 0.5 });
    await new Trainer({ ...options, scheduler, scheduleSteps: true }).fit(createLoader(), { epochs: 1 });
    expect(options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.5 * 0.5 ** 3, 12);
  });
});

test('a scaler leaves out updates that are not finite', async () => {
  let step = 0;
  const { trainer, model } = linearRun({
    scaler: new GradScaler({ initScale: 8 }),
    loss: (outputs, { y }) => crossEntropy(outputs, y).mul(step++ === 2 ? Number.NaN : 1),
    callbacks: [{ onStepEnd: async () => void seen.push(await numbersOf(model)) }],
  });
  const seen: unknown[] = [];
  await trainer.fit(createLoader({ batchSize: 10 }), { epochs: 1 });
  expect(seen[2]).toEqual(seen[1]);
  expect(seen[3]).not.toEqual(seen[2]);
});

test('a stream of unknown length is an epoch', async () => {
  const history = new History<Batch>();
  const { trainer } = createRun(0, history, { onStepEnd: ({ steps }) => expect(steps).toBe(Number.POSITIVE_INFINITY) });
  const samples = new GeneratorDataset(async function* () {
    for await (const batch of createLoader({ batchSize: 5 })) yield batch;
  });
  await trainer.fit(new DataLoader<Batch>(samples, { batchSize: null }), { epochs: 2 });
  expect(history.losses.length).toBe(20);
  const none = new DataLoader<Batch>(new GeneratorDataset<Batch>(() => []), { batchSize: null });
  await expect(createRun(0).trainer.fit(none, { epochs: 1 })).rejects.toThrow('the loader gave no batch');
});

test('samplers hear of the epoch', async () => {
  const epochs: number[] = [];
  const sampler = {
    length: 4,
    setEpoch: (epoch: number) => void epochs.push(epoch),
    [Symbol.iterator]: () => [0, 1, 2, 3].values(),
  };
  const { trainer } = createRun(0);
  await trainer.fit(createLoader({ shuffle: false, sampler }), { epochs: 3 });
  expect(epochs).toEqual([0, 1, 2]);
});
