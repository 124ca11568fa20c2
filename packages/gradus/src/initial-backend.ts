import { type Backend, registry, setInitialBackend } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { wasm } from '@gradus/backend-wasm';

registry.provide('cpu', cpu);
registry.provide('wasm', wasm);
registry.register('webgpu', () => import('@gradus/backend-webgpu'));
registry.register('auto', async () => ((await hasGraphicsCard()) ? orHost(registry.load('webgpu')) : fastestOnHost()));

// Made when the first tensor needs it: a program that chooses another backend first pays nothing.
setInitialBackend(() => {
  const backend = fastestOnHost();
  setInitialBackend(() => backend);
  return backend;
});

/** wasm where there are WebAssembly SIMD and address space for its memory; cpu runs anywhere. */
function fastestOnHost(): Backend {
  try {
    return registry.get('wasm');
  } catch {
    return registry.get('cpu');
  }
}

/** Whether there is one, and no simulation of it. */
async function hasGraphicsCard(): Promise<boolean> {
  if (globalThis.navigator?.gpu === undefined) return false;
  const adapter = await navigator.gpu.requestAdapter();
  return adapter !== null && !adapter.info.isFallbackAdapter;
}

/** A graphics card may still refuse a device. */
function orHost(backend: Promise<Backend>): Promise<Backend> {
  return backend.catch(fastestOnHost);
}
