import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import type { Tensor } from '@gradus/tensor';
import { afterEach, expect, test } from 'vitest';
import { WorkerTrainer } from '../../src/index.ts';
import { trainHeavily } from './heavy-training.ts';
import type { Options } from './page-training.ts';

await use(cpu());

let trainer: WorkerTrainer<Options, Map<string, Tensor>> | null = null;
afterEach(() => trainer?.terminate());

function start(): WorkerTrainer<Options, Map<string, Tensor>> {
  trainer = new WorkerTrainer(new Worker(new URL('./page-training.ts', import.meta.url), { type: 'module' }));
  return trainer;
}

/** The share of the time of `run` that the main thread was kept by tasks of more than 50 ms. */
async function shareOfLongTasks(run: () => Promise<void>): Promise<number> {
  let kept = 0;
  const add = (entries: readonly PerformanceEntry[]): void => {
    for (const { duration } of entries) kept += duration;
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: 'longtask' });
  const started = performance.now();
  await run();
  const time = performance.now() - started;
  // Entries come after their task.
  await new Promise((resolve) => setTimeout(resolve, 100));
  add(observer.takeRecords());
  observer.disconnect();
  return kept / time;
}

test('a page stays free while a worker trains, where the same training would freeze it', async () => {
  const there = start();
  // The start of the worker is not what is measured.
  await there.run({ epochs: 1, samples: 1024 });
  const losses: number[] = [];
  there.addEventListener('step', ({ detail }) => losses.push(detail.step.loss as number));
  let weights: Map<string, Tensor> = new Map();
  const inWorker = await shareOfLongTasks(async () => {
    weights = await there.run({ epochs: 6, samples: 1024 });
  });
  expect(losses.length).toBe(6);
  expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  expect(weights.get('0.weight')?.shape).toEqual([512, 64]);
  const onPage = await shareOfLongTasks(async () => void (await trainHeavily(2, 1024)));
  // On a machine that does nothing else there are none; a busy one may stop any task for a while.
  expect(inWorker).toBeLessThan(onPage / 5);
});

test('pause and stop reach the worker, and its errors the page', async () => {
  const there = start();
  let steps = 0;
  there.addEventListener('step', () => {
    steps++;
    if (steps === 2) there.pause();
  });
  const done = there.run({ epochs: 100_000, samples: 8 });
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  while (steps < 2) await wait(20);
  await wait(500);
  const paused = steps;
  await wait(500);
  expect(steps).toBe(paused);
  there.stop();
  expect((await done).size).toBe(6);
  await expect(there.run({ epochs: 1, samples: 8, fails: true })).rejects.toMatchObject({
    name: 'ShapeError',
    message: 'bad shape',
  });
});
