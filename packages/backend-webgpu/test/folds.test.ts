import { use } from '@gradus/backend';
import { type Tensor, tensor } from '@gradus/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGPU } from '../src/device/gpu.ts';
import { type WebGPUBackend, webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

/** Whether kernels can tell in which subgroup they are, on a device of the backend's own. */
async function hasSubgroups(): Promise<boolean> {
  const gpu = await findGPU();
  const adapter = await gpu.requestAdapter();
  return adapter?.features.has('subgroups') === true && gpu.wgslLanguageFeatures.has('subgroup_id');
}

/** A device that was asked for nothing. */
async function plainDevice(): Promise<GPUDevice> {
  const adapter = (await (await findGPU()).requestAdapter()) as GPUAdapter;
  return await adapter.requestDevice();
}

await describeOnGPU(() => {
  describe.each(['as the device can', 'in shared memory'] as const)('folds over a workgroup, %s', (how) => {
    let backend: WebGPUBackend;
    const modules: string[] = [];

    beforeAll(async () => {
      backend = how === 'in shared memory' ? webgpu({ device: await plainDevice() }) : webgpu();
      await use(backend);
      const { device } = backend;
      const create = device.createShaderModule.bind(device);
      device.createShaderModule = (descriptor) => {
        modules.push(descriptor.code);
        return create(descriptor);
      };
    });
    afterAll(async () => {
      const { device } = backend;
      await backend.dispose();
      device.destroy();
    });

    const values = (size: number, seed: number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + seed));

    /** Sums in double precision of what a row holds. */
    const sumsOf = (rows: number, depth: number, content: Float32Array): number[] =>
      Array.from({ length: rows }, (_, row) =>
        content.subarray(row * depth, (row + 1) * depth).reduce((sum, value) => sum + value, 0),
      );

    const expectClose = (found: ArrayLike<number>, expected: readonly number[], tolerance: number): void => {
      expected.forEach((value, i) => {
        expect(Math.abs((found[i] as number) - value)).toBeLessThanOrEqual(tolerance);
      });
    };

    const twice = async (result: () => Tensor): Promise<ArrayLike<number>> => {
      const [first, second] = [await result().data(), await result().data()];
      expect(second).toEqual(first);
      return first as ArrayLike<number>;
    };

    test.each([
      [3, 65],
      [3, 256],
      [2, 1000],
      [1, 99_999],
      [1, 100_000],
    ])('%i sums of %i elements: right, and the same bits every time', async (rows, depth) => {
      const content = values(rows * depth, depth);
      const x = tensor(content).reshape([rows, depth]);
      expectClose(await twice(() => x.sum({ dim: 1 })), sumsOf(rows, depth, content), 1e-7 * depth);
    });

    test('a NaN anywhere is the largest and the smallest', async () => {
      const depth = 320;
      const content = values(4 * depth, 1);
      content[depth] = Number.NaN;
      content[3 * depth - 1] = Number.NEGATIVE_INFINITY;
      content[3 * depth + 177] = Number.NaN;
      const x = tensor(content).reshape([4, depth]);
      const rows = [0, 1, 2, 3].map((row) => [...content.subarray(row * depth, (row + 1) * depth)]);
      const [largest, smallest] = [await twice(() => x.amax({ dim: 1 })), await twice(() => x.amin({ dim: 1 }))];
      // Math.max and Math.min are NaN where an argument is.
      expect(Array.from(largest)).toEqual(rows.map((row) => Math.max(...row)));
      expect(Array.from(smallest)).toEqual(rows.map((row) => Math.min(...row)));
    });

    test('integers and truth values', async () => {
      const content = Int32Array.from({ length: 2 * 300 }, (_, i) => ((i * 7919) % 101) - 50);
      const x = tensor(content).reshape([2, 300]);
      const rows = [content.subarray(0, 300), content.subarray(300)];
      expect(Array.from(await twice(() => x.sum({ dim: 1 })))).toEqual(rows.map((row) => row.reduce((a, b) => a + b)));
      expect(Array.from(await twice(() => x.amax({ dim: 1 })))).toEqual(rows.map((row) => Math.max(...row)));
      expect(Array.from(await twice(() => x.eq(50).any({ dim: 1 })))).toEqual(
        rows.map((row) => (row.includes(50) ? 1 : 0)),
      );
      expect(Array.from(await twice(() => x.ne(-50).all({ dim: 1 })))).toEqual(
        rows.map((row) => (row.includes(-50) ? 0 : 1)),
      );
    });

    test.each([100, 256, 300, 2000])('softmax over rows of %i elements', async (depth) => {
      const content = values(3 * depth, 2);
      content[depth + 7] = Number.NaN;
      const x = tensor(content).reshape([3, depth]);
      const found = await twice(() => x.softmax(1));
      for (const row of [0, 2]) {
        const exponentials = [...content.subarray(row * depth, (row + 1) * depth)].map(Math.exp);
        const total = exponentials.reduce((a, b) => a + b);
        const share = Array.from(found).slice(row * depth, (row + 1) * depth);
        expectClose(
          share,
          exponentials.map((value) => value / total),
          1e-6,
        );
      }
      expect(
        Array.from(found)
          .slice(depth, 2 * depth)
          .every(Number.isNaN),
      ).toBe(true);
    });

    test('subgroup operations where the device has them, and nowhere else', async () => {
      await tensor(values(1000, 3)).sum().data();
      const expected = how === 'in shared memory' ? false : await hasSubgroups();
      expect(modules.some((code) => code.includes('subgroupAdd('))).toBe(expected);
      expect(modules.some((code) => code.includes('subgroupMax('))).toBe(expected);
    });
  });
});
