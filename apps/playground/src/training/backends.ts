import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { wasm } from '@gradus/backend-wasm';

/** What computes. */
export type BackendName = 'wasm' | 'cpu' | 'webgpu';

/** Makes it the default backend of this thread. That of the GPU is loaded when it is asked for. */
export async function useBackend(name: BackendName): Promise<void> {
  if (name === 'cpu') await use(cpu());
  else if (name === 'webgpu') await use((await import('@gradus/backend-webgpu')).webgpu());
  else await use(wasm({ threads: threadCount(), worker: startThread }));
}

/** One core stays with the page, which draws meanwhile. Pages that aren't isolated have no shared memory for threads. */
function threadCount(): number {
  return crossOriginIsolated ? Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 8) : 1;
}

/** A file of the site's own: policies that refuse workers from blobs allow it. */
function startThread(): Worker {
  return new Worker(new URL('./wasm-thread.ts', import.meta.url), { type: 'module' });
}
