import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Callback,
  Checkpoints,
  GradientNorm,
  LearningRate,
  loadCheckpoint,
  type Measurements,
  NanGuard,
  NonFiniteError,
  TrainingEvents,
} from '../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from './setup.ts';

const folder = await mkdtemp(join(tmpdir(), 'gradus-callbacks-'));
afterAll(() => rm(folder, { recursive: true }));

/** What is measured in every step beside the loss. */
function collectSteps(into: Measurements[]): Callback<Batch> {
  return { onStepEnd: (_, __, { loss, ...step }) => void into.push(step) };
}

describe('GradientNorm', () => {
  /** The joint norm and the largest magnitude of the gradients that the optimizer gets. */
  function lookAt(into: { norm: number; largest: number }[]): Callback<Batch> {
    return {
      onGradients: ({ options }) => {
        const gradients = options.model.parameters().flatMap((p) => p.grad?.reshape([-1]).toArraySync() as number[]);
        into.push({
          norm: Math.hypot(...gradients),
          largest: Math.max(...gradients.map(Math.abs)),
        });
        return undefined;
      },
    };
  }

  test('measures, and leaves gradients as they are', async () => {
    const [steps, seen]: [Measurements[], { norm: number; largest: number }[]] = [[], []];
    const { trainer } = createRun(0, new GradientNorm(), lookAt(seen), collectSteps(steps));
    await trainer.fit(createLoader(), { epochs: 1 });
    for (const [i, { norm }] of seen.entries()) expect(steps[i]?.gradientNorm).toBeCloseTo(norm, 5);
    expect(seen.length).toBe(7);
  });

  test('clips the norm, and measures what it was', async () => {
    const [steps, seen]: [Measurements[], { norm: number; largest: number }[]] = [[], []];
    const { trainer } = createRun(0, new GradientNorm({ maxNorm: 0.05 }), lookAt(seen), collectSteps(steps));
    await trainer.fit(createLoader(), { epochs: 1 });
    for (const { norm } of seen) expect(norm).toBeLessThanOrEqual(0.05 + 1e-6);
    expect(Math.max(...steps.map(({ gradientNorm }) => gradientNorm as number))).toBeGreaterThan(0.1);
  });

  test('clips single values', async () => {
    const seen: { norm: number; largest: number }[] = [];
    const { trainer } = createRun(0, new GradientNorm({ maxValue: 0.01 }), lookAt(seen));
    await trainer.fit(createLoader(), { epochs: 1 });
    for (const { largest } of seen) expect(largest).toBeLessThanOrEqual(0.01 + 1e-9);
  });
});

test('LearningRate measures the rate that a step was made with', async () => {
  const steps: Measurements[] = [];
  const { trainer } = createRun(0, new LearningRate(), collectSteps(steps));
  await trainer.fit(createLoader({ batchSize: 50 }), { epochs: 3 });
  for (const [i, { learningRate }] of steps.entries()) expect(learningRate).toBeCloseTo(0.02 * 0.9 ** i, 12);
  expect(steps.length).toBe(3);
});

test('NanGuard ends training at the first number that is not finite', async () => {
  let step = 0;
  const poison: Callback<Batch> = {
    onGradients: () => ({ temperature: ++step === 3 ? Number.NaN : 1 }),
  };
  const { trainer } = createRun(0, poison, new NanGuard());
  const run = trainer.fit(createLoader(), { epochs: 2 });
  await expect(run).rejects.toThrow(NonFiniteError);
  await expect(run).rejects.toThrow('temperature is NaN in step 3 of epoch 1');
  expect(trainer.state.step).toBe(3);
});

test('TrainingEvents tells pages', async () => {
  const log: string[] = [];
  const events = new TrainingEvents<Batch>();
  events.addEventListener('begin', () => log.push('begin'));
  const onStep = ({ detail }: CustomEvent<{ progress: { step: number }; step: Measurements }>): void => {
    log.push(`step ${detail.progress.step} ${Number.isFinite(detail.step.loss)}`);
    if (detail.progress.step === 2) events.removeEventListener('step', onStep);
  };
  events.addEventListener('step', onStep);
  events.addEventListener('epoch', ({ detail }) => log.push(`epoch ${Object.keys(detail.training).length}`));
  events.addEventListener('end', () => log.push('end'), { once: true });
  const { trainer } = createRun(0, events);
  await trainer.fit(createLoader(), { epochs: 1 });
  expect(log).toEqual(['begin', 'step 1 true', 'step 2 true', 'epoch 3', 'end']);
});

describe('Checkpoints', () => {
  test('are saved within epochs and after them; a run goes on from any', async () => {
    const saved: string[] = [];
    const path = ({ epoch, step }: { epoch: number; step: number }): string =>
      join(folder, `${epoch}-${step}.safetensors`);
    const checkpoints = new Checkpoints<Batch>({ path, everySteps: 3, extra: () => ({ note: 'x' }) });
    const { trainer, model } = createRun(0, checkpoints);
    await trainer.fit(createLoader(), { epochs: 2 });
    const end = await numbersOf(model);
    saved.push(...(await readdir(folder)));
    expect(saved.toSorted()).toEqual(['1-3', '1-6', '1-7', '2-3', '2-6', '2-7'].map((name) => `${name}.safetensors`));
    for (const name of saved) {
      const again = createRun(99);
      await loadCheckpoint(join(folder, name), again.trainer);
      await again.trainer.fit(createLoader(), { epochs: 2 });
      expect(await numbersOf(again.model)).toEqual(end);
    }
  });

  test('keep only the last ones, or the best one', async () => {
    const inside = join(folder, 'deep', 'er');
    const path = ({ epoch }: { epoch: number }): string => join(inside, `${epoch}`);
    await createRun(0, new Checkpoints<Batch>({ path, keep: 2 })).trainer.fit(createLoader(), { epochs: 4 });
    expect((await readdir(inside)).toSorted()).toEqual(['3', '4']);
    await rm(inside, { recursive: true });
    const seen: number[] = [];
    const best = new Checkpoints<Batch>({ path, best: { monitor: 'loss', mode: 'min' } });
    const log: Callback<Batch> = { onEpochEnd: (_, __, validation) => void seen.push(validation?.loss as number) };
    await createRun(0, best, log).trainer.fit(createLoader(), {
      epochs: 8,
      validation: createLoader({ batchSize: 5 }),
    });
    const improved = seen.flatMap((loss, i) =>
      loss < Math.min(Number.POSITIVE_INFINITY, ...seen.slice(0, i)) ? [`${i + 1}`] : [],
    );
    expect((await readdir(inside)).toSorted()).toEqual(improved);
  });
});
