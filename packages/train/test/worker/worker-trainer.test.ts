import { Worker } from 'node:worker_threads';
import { WorkerError } from '@gradus/data';
import { ArgumentError } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import { afterEach, describe, expect, test } from 'vitest';
import { History, serveTraining, type TrainerState, WorkerTrainer } from '../../src/index.ts';
import { type Batch, createLoader, createRun, numbersOf } from '../setup.ts';
import type { Message, Options } from './training.ts';

interface Result {
  readonly weights: Map<string, Tensor>;
  readonly state: TrainerState;
}

type Remote = WorkerTrainer<Options, Result, Message>;

let remote: Remote | null = null;
afterEach(() => remote?.terminate());

function start(): Remote {
  remote = new WorkerTrainer(
    new Worker(new URL('training.ts', import.meta.url), { execArgv: ['--conditions=@gradus/source'] }),
  );
  return remote;
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('trains as the same training here, tells of it, and hands back the weights; again and again', async () => {
  const history = new History<Batch>();
  const { trainer, model } = createRun(11, history);
  await trainer.fit(createLoader(), { epochs: 3, validation: createLoader() });
  const there = start();
  for (let run = 0; run < 2; run++) {
    const log: string[] = [];
    const losses: number[] = [];
    const onStep = ({ detail }: { detail: { step: Readonly<Record<string, number>> } }): void =>
      void losses.push(detail.step.loss as number);
    const names = ['begin', 'epoch', 'end'] as const;
    const listeners = names.map((name) => [name, () => void log.push(name)] as const);
    there.addEventListener('step', onStep);
    for (const [name, listener] of listeners) there.addEventListener(name, listener);
    const { weights } = await there.run({ epochs: 3 });
    expect(losses).toEqual(history.losses);
    expect(log).toEqual(['begin', 'epoch', 'epoch', 'epoch', 'end']);
    const copy = createRun(0).model;
    copy.loadStateDict(weights);
    expect(await numbersOf(copy)).toEqual(await numbersOf(model));
    there.removeEventListener('step', onStep);
    for (const [name, listener] of listeners) there.removeEventListener(name, listener);
  }
});

test('pauses, resumes and stops', async () => {
  const there = start();
  let steps = 0;
  let firstStep: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    firstStep = resolve;
  });
  there.addEventListener('step', () => {
    steps++;
    firstStep();
  });
  const done = there.run({ epochs: 100_000 });
  await begun;
  there.pause();
  await wait(200);
  const paused = steps;
  await wait(200);
  expect(steps).toBe(paused);
  there.resume();
  await wait(200);
  expect(steps).toBeGreaterThan(paused);
  await expect(there.run({ epochs: 1 })).rejects.toThrow('it is training already');
  there.stop();
  const { state } = await done;
  expect(state.epoch).toBeGreaterThan(0);
  expect(state.epoch).toBeLessThan(100_000);
});

test('a signal stops, before the beginning too', async () => {
  const there = start();
  const { state } = await there.run({ epochs: 3 }, { signal: AbortSignal.abort() });
  expect(state).toMatchObject({ epoch: 0, step: 0 });
  const controller = new AbortController();
  there.addEventListener('epoch', () => controller.abort(), { once: true });
  const stopped = await there.run({ epochs: 100_000 }, { signal: controller.signal });
  expect(stopped.state.epoch).toBeLessThan(100_000);
});

test('messages go both ways', async () => {
  const there = start();
  const heard: unknown[] = [];
  there.addEventListener('begin', () => there.post({ digit: 7 }));
  there.addEventListener('message', ({ detail }) => {
    heard.push(detail.heard);
    there.stop();
  });
  await there.run({ epochs: 100_000 });
  expect(heard).toEqual([{ digit: 7 }]);
});

describe('what goes wrong there', () => {
  test('comes here with its name, stack and cause; the worker trains on', async () => {
    const there = start();
    const error = await there.run({ epochs: 1, fails: 'error' }).catch((reason: unknown) => reason as WorkerError);
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ name: 'ShapeError', message: 'bad shape', cause: { name: 'RangeError' } });
    expect((error as WorkerError).stack).toContain('training.ts');
    expect((await there.run({ epochs: 1 })).state.epoch).toBe(1);
  });

  test('ends the run when the worker ends', async () => {
    const there = start();
    await expect(there.run({ epochs: 1, fails: 'exit' })).rejects.toThrow('exit code 4');
    await expect(there.run({ epochs: 1 })).rejects.toThrow('exit code 4');
  });

  test('or is terminated', async () => {
    const there = start();
    const run = there.run({ epochs: 100_000 });
    there.terminate();
    await expect(run).rejects.toThrow('was terminated');
    expect(() => serveTraining(async () => 1)).toThrow('call it in the module that a worker runs');
    await expect(there.run({ epochs: 1 })).rejects.toThrow(ArgumentError);
  });
});

test('options that cannot be sent are refused', async () => {
  await expect(start().run({ epochs: 1, extra: () => 1 } as Options)).rejects.toThrow('could not be cloned');
});
