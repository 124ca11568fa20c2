import { allocateView, type Backend, type Kernel, type View } from '@gradus/backend';
import {
  attention,
  attentionBackward,
  crossEntropy,
  crossEntropyBackward,
  normalizationBackward,
} from '@gradus/backend/nn';
import { type DType, Layout, type Shape } from '@gradus/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

await describeOnGPU(() => {
  const backend: Backend = webgpu();
  beforeAll(() => backend.initialize?.());
  afterAll(() => backend.dispose());

  const views: View[] = [];
  const empty = (shape: Shape, dtype: DType = 'float32'): View => {
    const view = allocateView(backend, shape, dtype);
    views.push(view);
    return view;
  };
  const filled = (shape: Shape, value: (i: number) => number, dtype: 'float32' | 'int32' = 'float32'): View => {
    const view = empty(shape, dtype);
    const values = Array.from({ length: view.layout.size }, (_, i) => value(i));
    const content = dtype === 'float32' ? new Float32Array(values) : new Int32Array(values);
    backend.upload(view.storage.handle, 0, new Uint8Array(content.buffer));
    return view;
  };
  const some = (shape: Shape, seed: number): View => filled(shape, (i) => Math.sin(12.9898 * (i + 1) + seed));
  const read = async (view: View): Promise<Float32Array> => {
    const bytes = await backend.download(view.storage.handle, 0, view.storage.byteLength);
    return new Float32Array(bytes.slice().buffer);
  };
  const releaseAll = (): void => {
    for (const view of views.splice(0)) view.storage.release();
  };
  /** Runs a kernel twice over: its outputs have the same bits. */
  const expectSameBits = async (outputs: readonly View[], kernel: Kernel): Promise<void> => {
    const runs: Float32Array[][] = [];
    for (let run = 0; run < 2; run++) {
      backend.launch(kernel);
      runs.push(await Promise.all(outputs.map(read)));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0]?.flatMap((values) => Array.from(values)).every(Number.isFinite)).toBe(true);
  };

  test('gradients of a normalization over many rows are the same every time', async () => {
    const shape = [3000, 48];
    const outputs = [empty(shape), empty([1, 48]), empty([1, 48])] as [View, View, View];
    await expectSameBits(
      outputs,
      normalizationBackward({
        gradient: some(shape, 1),
        input: some(shape, 2),
        weight: some([1, 48], 3),
        variance: filled([3000, 1], () => 0.5),
        mean: filled([3000, 1], () => 0),
        axes: [1],
        eps: 1e-5,
        outputs,
      }),
    );
    releaseAll();
  });

  test('a cross entropy over very many rows is the same every time', async () => {
    const outputs = [empty([1, 1]), empty([20_000, 1]), empty([20_000, 1]), empty([1, 1])] as const;
    const geometry = { axis: 1, ignoreIndex: 2, smoothing: 0.1, weight: null };
    const target = filled([20_000, 1], (i) => i % 3, 'int32');
    await expectSameBits(outputs, crossEntropy({ input: some([20_000, 3], 1), target, ...geometry, outputs }));
    releaseAll();
  });

  test('what is no class has a loss of NaN, and no gradient', async () => {
    const [loss, highest, sum, gradient] = [empty([3, 1]), empty([3, 1]), empty([3, 1]), empty([3, 4])] as const;
    const [input, target] = [some([3, 4], 1), filled([3, 1], (i) => [1, 4, -1][i] as number, 'int32')];
    const given = { input, target, axis: 1, ignoreIndex: -100, smoothing: 0, weight: null };
    backend.launch(crossEntropy({ ...given, outputs: [loss, highest, sum] }));
    const statistics = { gradient: filled([], () => 1), highest, sum, total: null };
    backend.launch(crossEntropyBackward({ ...given, ...statistics, outputs: [gradient] }));
    expect(Array.from(await read(loss), Number.isNaN)).toEqual([false, true, true]);
    const rows = await read(gradient);
    expect(Array.from(rows.subarray(4))).toEqual(new Array(8).fill(0));
    expect(Math.abs(rows.subarray(0, 4).reduce((a, b) => a + b, 0))).toBeLessThan(1e-6);
    releaseAll();
  });

  test('attention and its gradients over several blocks are the same every time', { timeout: 120_000 }, async () => {
    const shape = [2, 100, 40];
    const [query, key, value, gradient] = [1, 2, 3, 4].map((seed) => some(shape, seed)) as [View, View, View, View];
    const [result, logSumExp] = [empty(shape), empty([2, 100, 1])];
    const geometry = { mask: null, scale: 0.2, causal: true };
    const forward = [result, logSumExp] as const;
    await expectSameBits(forward, attention({ query, key, value, ...geometry, outputs: forward }));
    const outputs = [empty(shape), empty(shape), empty(shape)] as [View, View, View];
    await expectSameBits(
      outputs,
      attentionBackward({ gradient, query, key, value, result, logSumExp, ...geometry, outputs }),
    );
    releaseAll();
  });

  test('a query that sees no key gives NaN, others are left alone', { timeout: 120_000 }, async () => {
    const [query, key, value] = [1, 2, 3].map((seed) => some([1, 4, 8], seed)) as [View, View, View];
    const hidden = Number.NEGATIVE_INFINITY;
    const mask = filled([1, 4, 4], (i) => (Math.floor(i / 4) === 2 ? hidden : 0));
    const outputs = [empty([1, 4, 8]), empty([1, 4, 1])] as const;
    backend.launch(attention({ query, key, value, mask, scale: 1, causal: false, outputs }));
    const values = Array.from(await read(outputs[0]));
    expect(values.map(Number.isNaN)).toEqual(values.map((_, i) => Math.floor(i / 8) === 2));
    expect(Array.from(await read(outputs[1]), Number.isNaN)).toEqual([false, false, true, false]);
    releaseAll();
  });

  /** Where two lists of numbers first differ; -1 where they don't. */
  const firstDifference = (got: Float32Array, expected: Float32Array): number =>
    expected.findIndex((value, i) => value !== got[i]);

  test('rows that are added up by many indices', { timeout: 120_000 }, async () => {
    const [rows, width, count] = [1000, 3, 20_000];
    const target = (i: number): number => (i * 7919) % rows;
    const table = filled([rows, width], () => 0);
    const indices = filled([count, 1], target, 'int32');
    const index: View = { ...indices, layout: new Layout([count, width], [1, 0]) };
    const source = filled([count, width], (i) => (i % 5) - 2);
    backend.launch({ kind: 'scatter', output: table, index, source, axis: 0, combine: 'sum' });
    const expected = new Float32Array(rows * width);
    for (let i = 0; i < count * width; i++) {
      const place = target(Math.floor(i / width)) * width + (i % width);
      expected[place] = (expected[place] as number) + (i % 5) - 2;
    }
    expect(firstDifference(await read(table), expected)).toBe(-1);
    releaseAll();
  });

  test('a million elements summed up one after the other', { timeout: 120_000 }, async () => {
    const size = 1_100_000;
    const output = empty([size]);
    const input = filled([size], (i) => (i % 7) - 3);
    backend.launch({ kind: 'scan', op: 'sum', input, output, axis: 0 });
    let sum = 0;
    const expected = Float32Array.from({ length: size }, (_, i) => {
      sum += (i % 7) - 3;
      return sum;
    });
    expect(firstDifference(await read(output), expected)).toBe(-1);
    releaseAll();
  });
});
