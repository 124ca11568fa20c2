import { type Expression, expressions, input, mapProgram, use } from '@gradus/backend';
import { BackendError, type DType } from '@gradus/storage';
import { ones, tensor, zeros } from '@gradus/tensor';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findGPU } from '../src/device/gpu.ts';
import { DeviceLostError, ValidationError, type WebGPUBackend, webgpu } from '../src/index.ts';
import { describeOnGPU } from './gpu.ts';

test('before it is initialised, the backend says how to make a device', () => {
  const backend = webgpu();
  expect(() => backend.allocate(4)).toThrow('webgpu: there is no device; make one with await use(webgpu())');
});

await describeOnGPU(() => {
  let backend: WebGPUBackend;
  beforeEach(async () => {
    backend = webgpu();
    await use(backend);
  });
  afterEach(() => backend.dispose());

  describe('what it refuses', () => {
    test('float64, naming what there is', () => {
      expect(() => zeros([2], { dtype: 'float64' })).toThrow(/backend 'webgpu' has no float64; it has float32/);
    });

    test('reading without waiting', () => {
      expect(() => ones([1]).itemSync()).toThrow(/can't read synchronously: use await/);
    });

    test('buffers that no kernel could bind', () => {
      const { maxBufferBytes } = backend.capabilities;
      const before = backend.memory();
      expect(() => backend.allocate(maxBufferBytes + 4)).toThrow(/larger than what this GPU binds at once .* split it/);
      expect(backend.memory()).toEqual(before);
    });
  });

  describe('errors of the device', () => {
    test('come with the next call that waits, name what was refused, and are then forgotten', async () => {
      const x = ones([4]);
      backend.device.createShaderModule({ label: 'broken kernel', code: 'nonsense' });
      await expect(x.data()).rejects.toThrow(ValidationError);
      expect(Array.from(await x.data())).toEqual([1, 1, 1, 1]);
      backend.device.createShaderModule({ label: 'broken kernel', code: 'nonsense' });
      await expect(backend.synchronize()).rejects.toThrow(/broken kernel/);
    });

    test('a lost device stays lost; another backend takes over', async () => {
      const x = ones([4]);
      backend.device.destroy();
      for (const wait of [() => x.data(), () => backend.synchronize(), () => x.add(1).data()]) {
        await expect(wait()).rejects.toThrow(DeviceLostError);
      }
      const next = webgpu();
      await use(next);
      expect(Array.from(await ones([2]).add(1).data())).toEqual([2, 2]);
      await next.dispose();
    });

    test('a device that is lost while somebody reads', async () => {
      const x = ones([4]);
      await x.data();
      // Only who reads: WebGPU counts the work of a lost device as done.
      const waiting = Promise.allSettled([x.data(), x.add(1).data()]);
      backend.device.destroy();
      for (const { reason } of (await waiting) as PromiseRejectedResult[])
        expect(reason).toBeInstanceOf(DeviceLostError);
    });

    test('a lost backend can be told from the one that took its name, and is not used again', async () => {
      const x = ones([4]);
      backend.device.destroy();
      await expect(backend.synchronize()).rejects.toThrow(DeviceLostError);
      await expect(use(backend)).rejects.toThrow(DeviceLostError);
      const next = webgpu();
      await use(next);
      expect(() => x.add(ones([4]))).toThrow(/tensors are on two backends, webgpu \(lost\) and webgpu/);
      await expect(x.transfer(next)).rejects.toThrow(DeviceLostError);
      x.dispose();
      await next.dispose();
    });

    test('a device that was lost before it was handed in is refused at once', async () => {
      const { device } = backend;
      device.destroy();
      await device.lost;
      await expect(use(webgpu({ name: 'guest', device }))).rejects.toThrow(DeviceLostError);
    });

    test('no memory for a buffer: the kernel is named, and the next tensor gets another buffer', async () => {
      const refusal = { message: 'none left' } as GPUError;
      vi.spyOn(backend.device, 'popErrorScope').mockResolvedValueOnce(refusal);
      const x = ones([1000]);
      const message = /No room for \d+ bytes of the kernel 'map.*': none left/;
      await expect(x.data()).rejects.toThrow(message);
      await expect(x.data()).resolves.toBeDefined();
      x.dispose();
      const { pooledBytes } = backend.memory();
      expect(pooledBytes).toBe(0);
      expect(await ones([1000]).sum().item()).toBe(1000);
    });
  });

  test('a map over more buffers than the device binds at once is split', async () => {
    const adapter = (await (await findGPU()).requestAdapter()) as GPUAdapter;
    const device = await adapter.requestDevice();
    const guest = webgpu({ name: 'guest', device });
    await use(guest);
    const { maxStorageBuffersPerShaderStage: most } = device.limits;
    const inputs = Array.from({ length: most }, (_, k) => tensor([k, 1]));
    const [first, second] = [0, 1].map((half) => {
      const terms = inputs.flatMap((_, k) => (k % 2 === half ? [input(k, 'float32') as Expression] : []));
      return terms.reduce((sum, term) => expressions.add(sum, term));
    }) as [Expression, Expression];
    const program = mapProgram(new Array<DType>(most).fill('float32'), [], [first, second]);
    const outputs = [zeros([2]), zeros([2])] as const;
    guest.launch({ kind: 'map', program, inputs, outputs, uniforms: [] });
    const sumOf = (half: number): number => inputs.reduce((sum, _, k) => sum + (k % 2 === half ? k : 0), 0);
    expect(await outputs[0].toArray()).toEqual([sumOf(0), Math.ceil(most / 2)]);
    expect(await outputs[1].toArray()).toEqual([sumOf(1), Math.floor(most / 2)]);
    await guest.dispose();
    device.destroy();
  });

  test('asked twice at once, it makes one device; disposed meanwhile, it gives it up', async () => {
    const other = webgpu({ name: 'other' });
    await Promise.all([other.initialize(), other.initialize()]);
    const { device } = other;
    await other.initialize();
    expect(other.device).toBe(device);
    await other.dispose();
    const early = webgpu({ name: 'early' });
    const starting = early.initialize();
    await early.dispose();
    await starting;
    expect(() => early.device).toThrow(/the backend was disposed/);
  });

  test('a device that was handed in is shared, and outlives the backend', async () => {
    const guest = webgpu({ name: 'guest', device: backend.device });
    await use(guest);
    expect(await tensor([1, 2]).sum().item()).toBe(3);
    await guest.dispose();
    await use(backend);
    expect(await tensor([3, 4]).sum().item()).toBe(7);
  });

  test('disposing gives everything up', async () => {
    await backend.dispose();
    await backend.dispose();
    expect(() => backend.memory()).toThrow(/the backend was disposed; make one/);
    await expect(backend.initialize()).rejects.toThrow(BackendError);
  });
});
