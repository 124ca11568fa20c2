import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultBackend } from '@gradus/backend';
import type { DataLoader } from '@gradus/data';
import { Linear } from '@gradus/nn';
import { GradScaler, SGD } from '@gradus/optim';
import { FormatError, saveSafetensors, writeCheckpoint } from '@gradus/serialize';
import { ArgumentError } from '@gradus/storage';
import { Generator, manualSeed, rand, tensor } from '@gradus/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { History, loadCheckpoint, loadModel, readCheckpointExtra, saveCheckpoint, Trainer } from '../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from './setup.ts';

const folder = await mkdtemp(join(tmpdir(), 'gradus-train-'));
afterAll(() => rm(folder, { recursive: true }));

interface End {
  readonly numbers: unknown;
  readonly losses: readonly number[];
  readonly lastEpoch: unknown;
  readonly nextRandom: unknown;
}

/** Trains three epochs, interrupted after given numbers of steps, each time going on in a new trainer from a file. */
async function train(interruptions: readonly number[], createOwnLoader: () => DataLoader<Batch>): Promise<End> {
  const path = join(folder, 'run.safetensors');
  const losses: number[] = [];
  for (let i = 0; ; i++) {
    const controller = new AbortController();
    const history = new History<Batch>();
    const { trainer, model } = createRun(i === 0 ? 11 : 1000 + i, history, {
      onStepEnd: () => {
        if (losses.length + history.losses.length === interruptions[i]) controller.abort();
      },
    });
    if (i > 0) await loadCheckpoint(path, trainer);
    await trainer.fit(createOwnLoader(), { epochs: 3, validation: createLoader(), signal: controller.signal });
    losses.push(...history.losses);
    if (trainer.state.epoch === 3) {
      const { samplesPerSecond: _, ...lastEpoch } = history.epochs.at(-1)?.training ?? {};
      return { numbers: await numbersOf(model), losses, lastEpoch, nextRandom: await rand([3]).toArray() };
    }
    await saveCheckpoint(path, trainer);
  }
}

describe('an interrupted run ends exactly as an uninterrupted one', () => {
  const loaders: [string, () => DataLoader<Batch>][] = [
    ['shuffled by the default generator', () => createLoader()],
    ['shuffled by a generator of its own', () => createLoader({ generator: new Generator().manualSeed(2) })],
    ['in order', () => createLoader({ shuffle: false })],
    [
      'with random numbers drawn for every batch',
      () =>
        createLoader({
          collate: (samples) => {
            const x = rand([samples.length, 2]);
            return { x, y: x.select(1, 0).gt(0.5).int() };
          },
        }),
    ],
  ];
  describe.each(loaders)('%s', (_, create) => {
    test.each([
      ['after its first step', [1]],
      ['in the middle of an epoch', [10]],
      ['one step before the end of an epoch', [13]],
      ['at the end of an epoch', [7]],
      ['twice in one epoch, and once in the next', [8, 9, 17]],
    ])('%s', async (_, interruptions) => {
      const whole = await train([], create);
      expect(whole.losses.length).toBe(21);
      expect(await train(interruptions, create)).toEqual(whole);
    });
  });
});

test("a checkpoint keeps what the program adds; saving and reading leave no buffers but the optimizer's state", async () => {
  const path = join(folder, 'extra.safetensors');
  const { trainer } = createRun(0);
  await trainer.fit(createLoader(), { epochs: 1 });
  const extra = { model: 'mlp', sizes: [2, 16], note: 'größer' };
  const live = (): number => defaultBackend().memory().liveBuffers;
  const before = live();
  await saveCheckpoint(path, trainer, extra);
  expect(await readCheckpointExtra(path)).toEqual(extra);
  expect(live()).toBe(before);
  const { trainer: next } = createRun(1);
  const fresh = live();
  await loadCheckpoint(path, next);
  // Adam keeps two means for each of the four parameters.
  expect(live()).toBe(fresh + 8);
});

test('the learning rate goes on from where the scheduler left it', async () => {
  const path = join(folder, 'schedule.safetensors');
  const { trainer } = createRun(0);
  await trainer.fit(createLoader(), { epochs: 2 });
  await saveCheckpoint(path, trainer);
  const { trainer: next } = createRun(1);
  await loadCheckpoint(path, next);
  expect(next.options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.02 * 0.9 ** 2, 12);
  await next.fit(createLoader(), { epochs: 3 });
  expect(next.options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.02 * 0.9 ** 3, 12);
});

test('the state of a scaler is kept', async () => {
  const path = join(folder, 'scaler.safetensors');
  const scaled = (initScale: number): Trainer<Batch> => {
    const { options } = createRun(0).trainer;
    return new Trainer({ ...options, scaler: new GradScaler({ initScale, growthInterval: 3 }) });
  };
  const trainer = scaled(64);
  await trainer.fit(createLoader(), { epochs: 1 });
  await saveCheckpoint(path, trainer);
  const next = scaled(4);
  await loadCheckpoint(path, next);
  // 7 steps, of which every third doubles the scale.
  expect(await next.options.scaler?.stateDict()).toEqual(await trainer.options.scaler?.stateDict());
  expect(await next.options.scaler?.stateDict()).toMatchObject({ scale: 256, _growth_tracker: 1 });
});

test('measurements that are not finite are kept', async () => {
  const path = join(folder, 'nan.safetensors');
  const { trainer } = createRun(0);
  trainer.state.step = 1;
  trainer.state.measured = {
    samples: 8,
    sums: { loss: [Number.NaN], a: [Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY] },
  };
  await saveCheckpoint(path, trainer);
  const { trainer: next } = createRun(1);
  await loadCheckpoint(path, next);
  expect(next.state.measured).toEqual(trainer.state.measured);
});

describe('a model alone', () => {
  test('is read from a path or from bytes', async () => {
    const path = join(folder, 'model.safetensors');
    const { trainer, model } = createRun(0);
    await trainer.fit(createLoader(), { epochs: 1 });
    await saveCheckpoint(path, trainer);
    const expected = await numbersOf(model);
    for (const source of [path, new Uint8Array(await readFile(path)), new Blob([await readFile(path)])]) {
      const { model: other } = createRun(1);
      const live = defaultBackend().memory().liveBuffers;
      await loadModel(source, other);
      expect(await numbersOf(other)).toEqual(expected);
      expect(defaultBackend().memory().liveBuffers).toBe(live);
    }
    await expect(loadModel(path, new Linear(3, 1))).rejects.toThrow(ArgumentError);
  });

  test("needs a run's checkpoint", async () => {
    const path = join(folder, 'empty');
    await writeCheckpoint(path, {});
    const bytes = new Uint8Array(await readFile(path));
    await expect(loadModel(path, new Linear(1, 1))).rejects.toThrow(`${path}: a checkpoint, but not of a training run`);
    await expect(loadModel(bytes, new Linear(1, 1))).rejects.toThrow(/^a checkpoint, but not of a training run$/);
  });
});

describe('refused:', () => {
  const { trainer } = createRun(0);

  test('a missing file', async () => {
    await expect(loadCheckpoint(join(folder, 'missing'), trainer)).rejects.toThrow('ENOENT');
  });

  test('a file of another format', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'no checkpoint at all');
    await expect(loadCheckpoint(path, trainer)).rejects.toThrow(FormatError);
  });

  test('a safetensors file that is no checkpoint', async () => {
    const path = join(folder, 'weights');
    await saveSafetensors(path, new Map([['w', tensor(1)]]));
    await expect(readCheckpointExtra(path)).rejects.toThrow(FormatError);
    await expect(loadCheckpoint(path, trainer)).rejects.toThrow(`${path}: a safetensors file, but no checkpoint`);
  });

  test.each([
    ['of nothing', {}],
    ['whose model is missing', { optimizer: { param_groups: [] }, generators: { default: new Uint8Array(8) } }],
    ['whose generators are missing', { model: new Map([['w', tensor(1)]]), optimizer: { param_groups: [] } }],
  ])('a checkpoint %s', async (_, state) => {
    const path = join(folder, 'state');
    await writeCheckpoint(path, state);
    const live = defaultBackend().memory().liveBuffers;
    await expect(readCheckpointExtra(path)).rejects.toThrow(FormatError);
    await expect(loadCheckpoint(path, trainer)).rejects.toThrow(`${path}: a checkpoint, but not of a training run`);
    expect(defaultBackend().memory().liveBuffers).toBe(live);
  });

  test('the checkpoint of another model', async () => {
    const path = join(folder, 'other');
    manualSeed(0);
    const model = new Linear(3, 1);
    const other = new Trainer<Batch>({
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.1 }),
      forward: ({ x }) => model.forward(x),
      loss: (outputs) => outputs.mean(),
    });
    await saveCheckpoint(path, other);
    await expect(loadCheckpoint(path, trainer)).rejects.toThrow(ArgumentError);
  });

  test('a position beyond the loader', async () => {
    const path = join(folder, 'position');
    const { trainer: small } = createRun(0);
    small.state.step = 5;
    await saveCheckpoint(path, small);
    await loadCheckpoint(path, small);
    await expect(small.fit(createLoader({ batchSize: 25 }), { epochs: 1 })).rejects.toThrow('after 5 steps');
  });
});
