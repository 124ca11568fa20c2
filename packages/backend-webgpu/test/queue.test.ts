import { allocateView, type Backend, copyView, fillProgram, type View } from '@gradus/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

await describeOnGPU(() => {
  const backend: Backend = webgpu();
  beforeAll(() => backend.initialize?.());
  afterAll(() => backend.dispose());

  const fill = (view: View, value: number): void =>
    backend.launch({ kind: 'map', program: fillProgram(view.dtype), inputs: [], outputs: [view], uniforms: [value] });
  const upload = (view: View, values: readonly number[]): void =>
    backend.upload(view.storage.handle, 0, new Uint8Array(new Float32Array(values).buffer));
  const read = async (view: View): Promise<readonly number[]> => {
    const bytes = await backend.download(view.storage.handle, 0, view.storage.byteLength);
    return Array.from(new Float32Array(bytes.buffer));
  };

  test('uploads happen between the launches before and after them', async () => {
    const [x, before, after] = [0, 1, 2].map(() => allocateView(backend, [4], 'float32')) as [View, View, View];
    fill(x, 1);
    copyView(backend, x, before);
    upload(x, [5, 6, 7, 8]);
    copyView(backend, x, after);
    expect(await read(before)).toEqual([1, 1, 1, 1]);
    expect(await read(after)).toEqual([5, 6, 7, 8]);
    for (const view of [x, before, after]) view.storage.release();
  });

  test('so do large uploads, and more small ones than one batch takes', async () => {
    const size = 100_000;
    const [x, before] = [0, 1].map(() => allocateView(backend, [size], 'float32')) as [View, View];
    for (let round = 1; round <= 5; round++) {
      fill(x, -round);
      copyView(backend, x, before);
      upload(x, new Array<number>(size).fill(round));
    }
    expect((await read(before)).every((value) => value === -5)).toBe(true);
    expect((await read(x)).every((value) => value === 5)).toBe(true);
    const small = allocateView(backend, [1000], 'float32');
    for (let round = 1; round <= 200; round++) {
      fill(small, 0);
      upload(small, new Array<number>(1000).fill(round));
    }
    expect((await read(small)).every((value) => value === 200)).toBe(true);
    for (const view of [x, before, small]) view.storage.release();
  });

  test('more launches than a batch takes, in order', async () => {
    const x = allocateView(backend, [3], 'float32');
    for (let round = 1; round <= 1000; round++) fill(x, round);
    expect(await read(x)).toEqual([1000, 1000, 1000]);
    x.storage.release();
  });

  test('more workgroups than one dimension takes', async () => {
    const size = 65_536 * 256 + 3;
    const x = allocateView(backend, [size], 'uint8');
    fill(x, 7);
    const bytes = await backend.download(x.storage.handle, size - 8, 8);
    expect(Array.from(bytes)).toEqual(new Array<number>(8).fill(7));
    x.storage.release();
  });

  test('reads may begin anywhere', async () => {
    const x = allocateView(backend, [9], 'uint8');
    backend.upload(x.storage.handle, 0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(Array.from(await backend.download(x.storage.handle, 3, 4))).toEqual([4, 5, 6, 7]);
    expect(Array.from(await backend.download(x.storage.handle, 8, 1))).toEqual([9]);
    x.storage.release();
  });

  test('writes may begin and end anywhere, and change nothing beside', async () => {
    const x = allocateView(backend, [11], 'uint8');
    for (let from = 0; from < 11; from++) {
      for (let to = from + 1; to <= 11; to++) {
        const expected = new Array<number>(11).fill(9).fill(200, from, to);
        fill(x, 9);
        backend.upload(x.storage.handle, from, new Uint8Array(to - from).fill(200));
        expect(Array.from(await backend.download(x.storage.handle, 0, 11))).toEqual(expected);
      }
    }
    x.storage.release();
  });

  test('bytes in shared memory are copied', async () => {
    const x = allocateView(backend, [2], 'float32');
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    backend.upload(x.storage.handle, 0, new Uint8Array(shared.buffer));
    expect(await read(x)).toEqual([3, 4]);
    x.storage.release();
  });
});
