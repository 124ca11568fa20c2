import { BackendError } from '@gradus/storage';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

test('without SIMD a BackendError names the backend to use', async () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  const { wasm } = await import('../src/index.ts');
  expect(() => wasm()).toThrow("this JavaScript engine has no WebAssembly SIMD; use the backend 'cpu' here");
  expect(() => wasm()).toThrow(expect.objectContaining({ name: BackendError.name }));
});

test('features are probed once', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate');
  const { wasm } = await import('../src/index.ts');
  wasm();
  wasm();
  expect(validate).toHaveBeenCalledTimes(2);
});
