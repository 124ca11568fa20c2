import { allocateView, fillProgram } from '@gradus/backend';
import { expect, inject, test, vi } from 'vitest';
import { WasmBackend, type WasmOptions } from '../src/index.ts';
import { splittingBackend } from './threads.ts';

/** Threads at work, and what they compute. */
async function filled(options: WasmOptions): Promise<{ threads: number; values: Set<number> }> {
  const backend = await splittingBackend(options);
  const output = allocateView(backend, [100_000], 'float32');
  backend.launch({ kind: 'map', program: fillProgram('float32'), inputs: [], outputs: [output], uniforms: [7] });
  const bytes = backend.downloadSync(output.storage.handle as never, 0, 400_000) as Uint8Array<ArrayBuffer>;
  expect(bytes.buffer).toBeInstanceOf(ArrayBuffer);
  const result = { threads: backend.runningThreads, values: new Set(new Float32Array(bytes.buffer)) };
  await backend.dispose();
  return result;
}

const threads = inject('isolated') ? 2 : 1;

test('workers from a blob share the work in an isolated page; elsewhere there is one thread', async () => {
  expect(await filled({ threads: 2 })).toEqual({ threads, values: new Set([7]) });
});

test('workers from a file of the program', async () => {
  const worker = () => new Worker(new URL('./pool.worker.ts', import.meta.url), { type: 'module' });
  expect(await filled({ threads: 2, worker })).toEqual({ threads, values: new Set([7]) });
});

test('a worker that does not load gives a notice, and one thread', async ({ skip }) => {
  skip(!inject('isolated'), 'no worker is started in this page');
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const worker = () => new Worker('/no-such-worker.js', { type: 'module' });
  const backend = new WasmBackend({ threads: 2, splitAbove: 0, worker });
  const output = allocateView(backend, [1000], 'float32');
  backend.launch({ kind: 'map', program: fillProgram('float32'), inputs: [], outputs: [output], uniforms: [7] });
  await vi.waitFor(() => expect(backend.capabilities.threads).toBe(1));
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^wasm: a worker can't be started/));
});
