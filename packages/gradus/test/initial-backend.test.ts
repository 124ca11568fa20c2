import { afterEach, describe, expect, test, vi } from 'vitest';
import { cpu, defaultBackend, manualSeed, randn, registry, tensor, use } from '../src/index.ts';

const initial = defaultBackend();

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await use(initial);
});

describe('the initial backend', () => {
  test('is wasm, without waiting', async () => {
    expect(initial.name).toBe('wasm');
    expect(await tensor([1, 2]).add(1).toArray()).toEqual([2, 3]);
  });

  test('is not made before the first tensor needs it', async () => {
    vi.resetModules();
    const validate = vi.spyOn(WebAssembly, 'validate');
    const gradus = await import('../src/index.ts');
    expect(validate).not.toHaveBeenCalled();
    expect(gradus.tensor(1).backend).toBe(gradus.defaultBackend());
    expect(validate).toHaveBeenCalled();
  });

  test('is cpu where there is no WebAssembly SIMD', async () => {
    vi.resetModules();
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const gradus = await import('../src/index.ts');
    expect(gradus.defaultBackend().name).toBe('cpu');
    expect(gradus.defaultBackend()).toBe(gradus.tensor(1).backend);
  });

  test('is the one in use until `use` says another', async () => {
    const other = cpu({ name: 'other' });
    await use(other);
    expect(tensor(1).backend).toBe(other);
    await use(initial);
    expect(tensor(1).backend).toBe(initial);
  });
});

describe('backends by name', () => {
  test('are there at once, each one the same whoever asks', async () => {
    const onCpu = tensor(1, { backend: 'cpu' }).backend;
    expect(onCpu.name).toBe('cpu');
    expect(tensor(1, { backend: 'wasm' }).backend).toBe(initial);
    expect(await use('cpu')).toBe(onCpu);
    expect(defaultBackend()).toBe(onCpu);
    expect(await use('wasm')).toBe(initial);
  });

  test("'auto' is wasm where there is no graphics card, or only a simulated one", async () => {
    expect(await use('auto')).toBe(initial);
    registry.register('webgpu', () => cpu({ name: 'webgpu' }));
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
    expect(await use('auto')).toBe(initial);
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info: { isFallbackAdapter: true } }) } });
    expect(await use('auto')).toBe(initial);
  });

  test("'auto' is webgpu where there is a graphics card, and wasm if that fails", async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info: { isFallbackAdapter: false } }) } });
    registry.register('webgpu', () => {
      throw new Error('no device');
    });
    expect(await use('auto')).toBe(initial);
    registry.register('webgpu', () => cpu({ name: 'webgpu' }));
    const card = await use('auto');
    expect(card.name).toBe('webgpu');
    expect(await use('auto')).toBe(card);
  });
});

test('gradients, random numbers and modules work together after one import', () => {
  manualSeed(0);
  const x = randn([3], { requiresGrad: true });
  x.mul(x).sum().backward();
  expect(x.grad?.toArraySync()).toEqual(x.detach().mul(2).toArraySync());
  // torch.manual_seed(0); torch.randn(3)
  const expected = [1.541, -0.2934, -2.1788];
  for (const [i, value] of x.detach().dataSync().entries()) expect(value).toBeCloseTo(expected[i] as number, 4);
});
