import { defaultBackend } from '@gradus/backend';
import { ArrayDataset, DataLoader } from '@gradus/data';
import { ArgumentError } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { type Callback, History } from '../src/index.ts';
import { type Batch, createLoader, createRun } from './setup.ts';

const live = (): number => defaultBackend().memory().liveBuffers;

/** Writes down what it is called with. */
function recorder(log: string[], name = ''): Callback<Batch> {
  const at = ({ epoch, epochs, step, steps }: { epoch: number; epochs: number; step: number; steps: number }): string =>
    `${epoch}/${epochs} ${step}/${steps}`;
  return {
    onTrainBegin: () => void log.push(`${name}begin`),
    onEpochBegin: (progress) => void log.push(`${name}epoch ${at(progress)}`),
    onStepEnd: (progress) => void log.push(`${name}step ${at(progress)}`),
    onEpochEnd: (progress, _, validation) =>
      void log.push(`${name}end ${at(progress)}${validation === null ? '' : ' validated'}`),
    onTrainEnd: () => void log.push(`${name}over`),
  };
}

test('fit learns, and measures it', async () => {
  const history = new History<Batch>();
  const { trainer } = createRun(0, history);
  await trainer.fit(createLoader(), { epochs: 30, validation: createLoader({ shuffle: false }) });
  const [first, last] = [history.epochs[0], history.epochs.at(-1)];
  expect(history.epochs.length).toBe(30);
  expect(history.losses.length).toBe(30 * 7);
  expect(last?.training.loss).toBeLessThan((first?.training.loss as number) / 2);
  expect(last?.validation?.accuracy).toBeGreaterThanOrEqual(0.96);
  expect(Object.keys(last?.training ?? {})).toEqual(['loss', 'accuracy', 'samplesPerSecond']);
});

test('the mean over an epoch counts samples, not batches', async () => {
  const { trainer, model } = createRun(0);
  const whole = await trainer.evaluate(createLoader({ batchSize: 50 }));
  const parts = await trainer.evaluate(createLoader({ batchSize: 49 }));
  expect(parts.loss).toBeCloseTo(whole.loss as number, 6);
  expect(parts.accuracy).toBe(whole.accuracy);
  expect(model.training).toBe(true);
});

test('the scheduler steps after every epoch', async () => {
  const { trainer } = createRun(0);
  await trainer.fit(createLoader(), { epochs: 3 });
  expect(trainer.options.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.02 * 0.9 ** 3, 12);
});

describe('callbacks', () => {
  test('are called in order, one after the other', async () => {
    const log: string[] = [];
    const { trainer } = createRun(0, recorder(log, 'a '), recorder(log, 'b '));
    await trainer.fit(createLoader({ batchSize: 40 }), { epochs: 1, validation: createLoader() });
    const events = ['begin', 'epoch 1/1 0/2', 'step 1/1 1/2', 'step 1/1 2/2', 'end 1/1 2/2 validated', 'over'];
    expect(log).toEqual(events.flatMap((event) => [`a ${event}`, `b ${event}`]));
  });

  test('are waited for', async () => {
    const log: string[] = [];
    const slow: Callback<Batch> = {
      onStepEnd: async ({ step }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push(`slow ${step}`);
      },
    };
    const { trainer } = createRun(0, slow, { onStepEnd: ({ step }) => void log.push(`quick ${step}`) });
    await trainer.fit(createLoader({ batchSize: 25 }), { epochs: 1 });
    expect(log).toEqual(['slow 1', 'quick 1', 'slow 2', 'quick 2']);
  });

  test('get the means over the epoch so far, and of the batch alone', async () => {
    const seen: [number, number][] = [];
    const { trainer } = createRun(0, {
      onStepEnd: (_, epoch, batch) => void seen.push([epoch.loss as number, batch.loss as number]),
    });
    await trainer.fit(createLoader({ batchSize: 25 }), { epochs: 1 });
    expect(seen[0]?.[0]).toBe(seen[0]?.[1]);
    expect(seen[1]?.[0]).toBeCloseTo(((seen[0]?.[1] as number) + (seen[1]?.[1] as number)) / 2, 10);
  });

  test('hear of the end when training fails', async () => {
    const log: string[] = [];
    const { trainer } = createRun(0, {
      onStepEnd: () => {
        throw new RangeError('broken callback');
      },
      onTrainEnd: () => void log.push('over'),
    });
    await expect(trainer.fit(createLoader(), { epochs: 1 })).rejects.toThrow('broken callback');
    expect(log).toEqual(['over']);
  });
});

describe('a signal', () => {
  test('stops after the step in progress; fit goes on from there', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const abort: Callback<Batch> = {
      onStepEnd: ({ epoch, step }) => {
        if (epoch === 2 && step === 1) controller.abort();
      },
    };
    const { trainer } = createRun(0, recorder(log), abort);
    const loader = createLoader({ batchSize: 25 });
    await trainer.fit(loader, { epochs: 2, signal: controller.signal });
    expect(trainer.state).toMatchObject({ epoch: 1, step: 1 });
    expect(log.slice(-3)).toEqual(['epoch 2/2 0/2', 'step 2/2 1/2', 'over']);
    await trainer.fit(loader, { epochs: 2 });
    expect(log.slice(-5)).toEqual(['begin', 'epoch 2/2 1/2', 'step 2/2 2/2', 'end 2/2 2/2', 'over']);
    expect(trainer.state).toMatchObject({ epoch: 2, step: 0, measured: null });
  });

  test('that was given already lets nothing begin', async () => {
    const log: string[] = [];
    const { trainer } = createRun(0, recorder(log));
    await trainer.fit(createLoader(), { epochs: 1, signal: AbortSignal.abort() });
    expect(log).toEqual(['begin', 'over']);
  });
});

test('a loader without batches is refused', async () => {
  const { trainer } = createRun(0);
  const empty = new DataLoader<Batch>(new ArrayDataset([]));
  await expect(trainer.fit(empty, { epochs: 1 })).rejects.toThrow(ArgumentError);
});

test('steps leave no live buffers but parameters, gradients and the state of the optimizer', async () => {
  const counts: number[] = [];
  const { trainer } = createRun(0, { onStepEnd: () => void counts.push(live()) });
  await trainer.fit(createLoader(), { epochs: 2, validation: createLoader() });
  expect(new Set(counts).size).toBe(1);
  const before = live();
  await trainer.evaluate(createLoader());
  expect(live()).toBe(before);
});
