import { expect, test } from 'vitest';
import { use } from '../src/index.ts';
import { trainOnSpiral } from './spiral.ts';

interface Trained {
  readonly backend: string;
  readonly losses: readonly number[];
}

function trainInWorker(): Promise<Trained> {
  const worker = new Worker(new URL('./training.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Trained>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
  }).finally(() => worker.terminate());
}

test('a model trains in a worker as it does in the page', async () => {
  const { backend, losses } = await trainInWorker();
  expect(backend).toBe('wasm');
  await use('wasm');
  expect(losses).toEqual(await trainOnSpiral());
});
