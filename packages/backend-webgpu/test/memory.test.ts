import { use } from '@gradus/backend';
import { randn, scope, type Tensor, tensor, zeros } from '@gradus/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import '@gradus/autograd';
import { type WebGPUBackend, webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

await describeOnGPU(() => {
  const backend: WebGPUBackend = webgpu();
  beforeAll(() => use(backend));
  afterAll(() => backend.dispose());

  test('2,000 training steps leave memory as it was', { timeout: 120_000 }, async () => {
    const [x, y] = [randn([8, 4]), randn([8, 1])];
    const weight = zeros([4, 1], { requiresGrad: true });
    const step = (): void =>
      scope(() => {
        const loss = x.matmul(weight).sub(y).square().mean();
        loss.backward();
        const gradient = weight.grad as Tensor;
        weight.detach().sub_(gradient.mul(0.05));
        weight.grad = null;
        gradient.dispose();
      });
    for (let i = 0; i < 20; i++) step();
    await backend.synchronize();
    const before = backend.memory();
    for (let i = 0; i < 2000; i++) {
      step();
      if (i % 100 === 99) await backend.synchronize();
    }
    expect(backend.memory()).toEqual(before);
    for (const t of [x, y, weight]) t.dispose();
  });

  test('what nobody holds is given back while the program waits', { timeout: 120_000 }, async () => {
    await backend.synchronize();
    const before = backend.memory().liveBytes;
    let highest = 0;
    for (let i = 0; i < 400; i++) {
      zeros([262_144]); // 1 MiB, dropped
      if (i % 4 === 3) await tensor(0).item();
      highest = Math.max(highest, backend.memory().liveBytes);
    }
    expect(highest - before).toBeLessThan(250 * 2 ** 20);
  });

  test('released buffers are used again, and destroyed where they pile up', () => {
    const first = backend.allocate(1000);
    backend.release(first);
    expect(backend.allocate(1001)).toBe(first);
    backend.release(first);
    const megabytes = [30, 50, 70, 90, 110].map((n) => n * 2 ** 20);
    for (const size of megabytes) backend.release(backend.allocate(size));
    const { liveBytes, pooledBytes } = backend.memory();
    expect(pooledBytes).toBeLessThanOrEqual(2 * Math.max(liveBytes, 64 * 2 ** 20));
  });
});
