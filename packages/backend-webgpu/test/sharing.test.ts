import {
  allocateView,
  type Backend,
  expressions as e,
  input,
  mapProgram,
  plainReduceProgram,
  type View,
} from '@gradus/backend';
import { Layout } from '@gradus/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

// A buffer is bound as vectors only where all of its views are vectors.
await describeOnGPU(() => {
  const backend: Backend = webgpu();
  beforeAll(() => backend.initialize?.());
  afterAll(() => backend.dispose());

  const numbers = Float32Array.from({ length: 1024 }, (_, i) => (i % 13) - 5);
  const memory = (): View => {
    const view = allocateView(backend, [numbers.length], 'float32');
    backend.upload(view.storage.handle, 0, new Uint8Array(numbers.buffer));
    return view;
  };
  const within = (view: View, shape: readonly number[], strides: readonly number[], offset: number): View => ({
    ...view,
    layout: new Layout(shape, strides, offset),
  });
  const read = async ({ storage }: View): Promise<Float32Array> => {
    const bytes = await backend.download(storage.handle, 0, storage.byteLength);
    storage.release();
    return new Float32Array(bytes.slice().buffer);
  };

  test.each([256, 259])('a Map from the front of a buffer to place %i', async (place) => {
    const all = memory();
    const program = mapProgram(['float32'], [], [e.mul(input(0, 'float32'), 2)]);
    const [from, to] = [within(all, [8, 16], [16, 1], 0), within(all, [8, 16], [32, 1], place)];
    backend.launch({ kind: 'map', program, inputs: [from], outputs: [to], uniforms: [] });
    const expected = numbers.slice();
    for (let i = 0; i < 128; i++) expected[place + 32 * Math.floor(i / 16) + (i % 16)] = 2 * (numbers[i] as number);
    expect(await read(all)).toEqual(expected);
  });

  test('a Reduce from the front of a buffer to what follows', async () => {
    const all = memory();
    const program = plainReduceProgram('sum', 'float32');
    const [from, to] = [within(all, [4, 64], [64, 1], 0), within(all, [4, 1], [1, 1], 256)];
    backend.launch({ kind: 'reduce', program, inputs: [from], output: to, axes: [1], uniforms: [] });
    const expected = numbers.slice();
    for (let row = 0; row < 4; row++) {
      expected[256 + row] = numbers.subarray(64 * row, 64 * (row + 1)).reduce((sum, value) => sum + value);
    }
    expect(await read(all)).toEqual(expected);
  });
});
