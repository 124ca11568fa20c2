import { Worker } from 'node:worker_threads';
import { defaultBackend } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { manualSeed, type Tensor, tensor } from '@gradus/tensor';
import { afterEach, describe, expect, test } from 'vitest';
import {
  DataLoader,
  disposeBatch,
  packTensors,
  serveDataset,
  unpackTensors,
  WorkerDataset,
  WorkerError,
} from '../../src/index.ts';
import '../setup.ts';

interface Sample {
  readonly index: Tensor;
  readonly noise: Tensor;
  readonly half: Tensor;
  readonly even: Tensor;
  readonly nested: unknown;
}

let dataset: WorkerDataset<Sample> | null = null;
afterEach(() => {
  dataset?.close();
  dataset = null;
});

async function start(workers: number, workerData = ''): Promise<WorkerDataset<Sample>> {
  const create = (): Worker =>
    new Worker(new URL('numbers-worker.ts', import.meta.url), {
      workerData,
      execArgv: ['--conditions=@gradus/source'],
    });
  dataset = await WorkerDataset.start<Sample>(create, { workers });
  return dataset;
}

/** Two shuffled epochs. */
async function read(loaded: WorkerDataset<Sample>): Promise<unknown[]> {
  manualSeed(4);
  const loader = new DataLoader(loaded, { batchSize: 3, shuffle: true });
  const seen: unknown[] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    for await (const { index, noise } of loader) seen.push([await index.toArray(), await noise.toArray()]);
  }
  return seen;
}

test('order and random numbers are the same for any number of workers, and differ from epoch to epoch', async () => {
  const one = await read(await start(1));
  dataset?.close();
  const three = await read(await start(3));
  expect(three).toEqual(one);
  expect(one.length).toBe(14);
  const noise = one.flatMap((entry) => ((entry as [number[], number[][]])[1] as number[][]).map(([first]) => first));
  expect(new Set(noise).size).toBe(40);
});

test('batches arrive as they were made', async () => {
  const loader = new DataLoader(await start(2), { batchSize: 2 });
  const [batch] = [(await loader[Symbol.asyncIterator]().next()).value as Sample];
  expect(batch.index.dtype).toBe('int32');
  expect(batch.half.dtype).toBe('float16');
  expect(batch.half.shape).toEqual([2, 1]);
  expect(await batch.even.toArray()).toEqual([true, false]);
});

test('single samples, lengths, and batches of a collate function of one’s own', async () => {
  const own = await start(1, 'own collate');
  expect([own.length, own.prefetch]).toEqual([20, 2]);
  expect(await own.batch(Int32Array.of(4, 2), 0)).toEqual([4, 2]);
  expect(await own.get(3)).toMatchObject({ index: 3, even: false, nested: [new Map([['square', 9]]), 'number 3'] });
});

describe('what goes wrong', () => {
  test('in a sample comes with its name, message, stack and cause; other samples still come', async () => {
    const broken = await start(1, 'broken sample');
    const error = await broken.get(7).catch((reason: unknown) => reason as WorkerError);
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toMatchObject({ name: 'ShapeError', message: 'sample 7 is broken' });
    expect((error as WorkerError).stack).toContain('numbers-worker.ts');
    expect((error as WorkerError).cause).toMatchObject({ name: 'TypeError', message: 'deep' });
    expect(await broken.get(8)).toMatchObject({ index: 8 });
  });

  test('at the start', async () => {
    await expect(start(2, 'no data set')).rejects.toThrow('no data set');
  });

  test('when a worker ends', async () => {
    const exits = await start(1, 'exit');
    await expect(exits.get(7)).rejects.toThrow('exit code 3');
    await expect(exits.get(1)).rejects.toThrow('exit code 3');
  });

  test('after close', async () => {
    const closed = await start(1);
    const waiting = closed.get(1);
    closed.close();
    await expect(waiting).rejects.toThrow('was closed');
    await expect(closed.get(1)).rejects.toThrow(ArgumentError);
  });

  test('outside a worker, or with no workers', async () => {
    expect(() => serveDataset(() => ({ length: 0, get: () => 0 }))).toThrow('serveDataset: call it in the module');
    await expect(WorkerDataset.start(() => new Worker(''), { workers: 0 })).rejects.toThrow(ArgumentError);
  });
});

test('tensors of every kind go into messages and come out again', async () => {
  const view = tensor([
    [1, 2],
    [3, 4],
  ]).transpose(0, 1);
  const bytes = Uint8Array.of(1, 2);
  const value = { list: [view, 'x', null], map: new Map([['a', tensor([true])]]), bytes, date: new Date(0) };
  const { value: packed, transfer } = await packTensors(value);
  const back = unpackTensors(structuredClone(packed, { transfer })) as typeof value;
  expect(await (back.list[0] as Tensor).toArray()).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(await back.map.get('a')?.toArray()).toEqual([true]);
  expect(back).toMatchObject({ list: [{}, 'x', null], bytes, date: new Date(0) });
  expect(await view.toArray()).toEqual([
    [1, 3],
    [2, 4],
  ]);
  const live = defaultBackend().memory().liveBuffers;
  disposeBatch(back.list);
  expect(defaultBackend().memory().liveBuffers).toBe(live - 1);
});

test('workers of browsers speak by events', async () => {
  const listeners: Record<string, ((event: never) => void)[]> = {};
  const tell = (type: string, event: object): void => {
    for (const listener of listeners[type] ?? []) listener(event as never);
  };
  const sent: [unknown, unknown][] = [];
  const page: Pick<globalThis.Worker, 'postMessage' | 'addEventListener' | 'terminate'> = {
    postMessage: (message: unknown, transfer: unknown) => void sent.push([message, transfer]),
    addEventListener: (type: string, listener: unknown) => {
      listeners[type] = [...(listeners[type] ?? []), listener as (event: never) => void];
    },
    terminate: () => {},
  };
  const starting = WorkerDataset.start<Sample>(() => page, { workers: 1 });
  // What is sent before the worker listens, would be lost.
  expect(sent).toEqual([]);
  tell('message', { data: '@gradus/ready' });
  expect(sent).toEqual([[{ id: 0, type: 'length' }, []]]);
  tell('message', { data: { id: 0, value: 5 } });
  const started = await starting;
  expect(started.length).toBe(5);
  const waiting = started.get(0);
  tell('error', { message: 'no such module', filename: 'worker.js', lineno: 3 });
  await expect(waiting).rejects.toThrow('worker: no such module (worker.js:3)');
});
