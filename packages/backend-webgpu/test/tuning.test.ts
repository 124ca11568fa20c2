import { allocateView, type Backend, type View } from '@gradus/backend';
import { Layout } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { type TuningStore, type WebGPUBackend, webgpu } from '../src/index.ts';
import { alternatives, type Plan, type ProductSizes, planProduct } from '../src/kernels/product-plan.ts';
import { ProductTuner } from '../src/kernels/product-tuner.ts';
import { nameOf, tiles, type Way } from '../src/kernels/product-ways.ts';
import { describeOnGPU } from './gpu.ts';

const KEY = 'a device';

function storeOf(entries: Iterable<readonly [string, string]> = []): TuningStore & { readonly size: number } {
  const map = new Map(entries);
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    get size() {
      return map.size;
    },
  };
}

describe('a tuner', () => {
  const sizes: ProductSizes = { batch: 1, rows: 1024, columns: 1024, depth: 1024 };
  const plan: Plan = planProduct(sizes, false, false);
  const candidates = alternatives(plan, sizes);

  /** Asks until nothing more is tried; what was tried, and the way in the end. */
  function tune(tuner: ProductTuner, took: (way: Way) => number): { readonly tried: Way[]; readonly way: Way } {
    const tried: Way[] = [];
    for (;;) {
      const found = tuner.wayFor(1, sizes, plan, true);
      if (found === 'dot' || !('trial' in found)) return { tried, way: found };
      tried.push(found.trial);
      found.tell(found.repeats * took(found.trial));
    }
  }

  test('settles for the fastest way after a bounded number of timings', () => {
    const { tried, way } = tune(new ProductTuner(null, KEY), (one) => (one === tiles.dense ? 4e5 : 5e5));
    expect(way).toBe(tiles.dense);
    expect(tried).toHaveLength(1 + 3 * candidates.length);
    expect(new Set(tried)).toEqual(new Set(candidates));
  });

  test('keeps the plan where others are hardly faster', () => {
    const { way } = tune(new ProductTuner(null, KEY), (one) => (one === plan.way ? 5e5 : 4.9e5));
    expect(way).toBe(plan.way);
  });

  test('takes the shortest of the timings of a way', () => {
    let turns = 0;
    const { way } = tune(new ProductTuner(null, KEY), (one) => (one === tiles.high && ++turns === 2 ? 1e5 : 5e5));
    expect(way).toBe(tiles.high);
  });

  test('tries nothing on other sizes of the class meanwhile, nor on what must not be repeated, nor on little work', () => {
    const tuner = new ProductTuner(null, KEY);
    expect(tuner.wayFor(1, sizes, plan, true)).toHaveProperty('trial');
    expect(tuner.wayFor(1, { ...sizes, rows: 1023 }, plan, true)).toBe(plan.way);
    expect(tuner.wayFor(2, sizes, plan, false)).toBe(plan.way);
    expect(tuner.wayFor(3, { ...sizes, rows: 3, columns: 3 }, plan, true)).toBe(plan.way);
  });

  test('remembers through its store, and asks for nothing any more', () => {
    const store = storeOf();
    tune(new ProductTuner(store, KEY), (one) => (one === tiles.broad ? 4e5 : 5e5));
    expect(new ProductTuner(store, KEY).wayFor(1, sizes, plan, true)).toBe(tiles.broad);
    expect(new ProductTuner(store, 'another device').wayFor(1, sizes, plan, true)).toHaveProperty('trial');
  });

  test('finds out again where the store holds what it does not know, and lives with a store that is full', () => {
    for (const text of ['{"1":"a way of old"}', 'no JSON', 'null', '{"1":7}']) {
      expect(new ProductTuner(storeOf([[KEY, text]]), KEY).wayFor(1, sizes, plan, true)).toHaveProperty('trial');
    }
    const full: TuningStore = {
      getItem: () => null,
      setItem: () => {
        throw new Error('full');
      },
    };
    expect(nameOf(tune(new ProductTuner(full, KEY), () => 5e5).way)).toBe(nameOf(plan.way));
  });
});

await describeOnGPU(() => {
  /** Few rows, so that few tiles are tried: compiling those takes long where a processor plays the GPU. */
  const [rows, depth, columns] = [16, 256, 256];

  function operand(backend: Backend, shape: readonly number[]): View {
    const view = allocateView(backend, [...shape], 'float32');
    const size = shape.reduce((product, n) => product * n, 1);
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i * i));
    backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
    return { ...view, layout: Layout.contiguous([...shape]) };
  }

  async function multiply(backend: WebGPUBackend): Promise<Uint8Array> {
    const [a, b, output] = [
      [rows, depth],
      [depth, columns],
      [rows, columns],
    ].map((s) => operand(backend, s)) as [View, View, View];
    backend.launch({ kind: 'matmul', a, b, output, accumulate: false });
    const bytes = await backend.download(output.storage.handle as never, 0, output.storage.byteLength);
    for (const view of [a, b, output]) view.storage.release();
    return bytes;
  }

  test('whatever is tried on the device, the result is the same, and what is found is kept', {
    timeout: 300_000,
  }, async () => {
    const store = storeOf();
    const plain = webgpu({ tune: false, tuningStore: store });
    await plain.initialize();
    const expected = await multiply(plain);
    await plain.dispose();
    expect(store.size).toBe(0);
    const tuned = webgpu({ tune: true, tuningStore: store });
    await tuned.initialize();
    try {
      if (!(tuned.device as GPUDevice).features.has('timestamp-query')) return;
      for (let i = 0; i < 50 && store.size === 0; i++) {
        expect(await multiply(tuned), `launch ${i}`).toEqual(expected);
      }
      expect(store.size).toBe(1);
      expect(await multiply(tuned)).toEqual(expected);
    } finally {
      await tuned.dispose();
    }
  });
});
