import { allocateView, fillProgram } from '@gradus/backend';
import { WasmBackend, type WasmOptions } from '../src/index.ts';

/** Launches a kernel that is large enough to be split. */
export function launchLarge(backend: WasmBackend): void {
  const output = allocateView(backend, [1_000_000], 'float32');
  backend.launch({ kind: 'map', program: fillProgram('float32'), inputs: [], outputs: [output], uniforms: [1] });
  output.storage.release();
}

/** A backend that splits whatever has more than one item, whose workers are up. */
export async function splittingBackend(options: WasmOptions): Promise<WasmBackend> {
  const backend = new WasmBackend({ splitAbove: 0, ...options });
  await workersUp(backend);
  return backend;
}

/** Waits until all threads of a backend are at work. */
async function workersUp(backend: WasmBackend): Promise<void> {
  launchLarge(backend);
  while (backend.runningThreads < backend.capabilities.threads) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
