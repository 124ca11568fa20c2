import { nodeWorkers } from './pool/node.ts';
import { type Assignment, serve } from './pool/serve.ts';
import { takeChunks } from './pool/take-chunks.ts';

/**
 * Makes this worker one of a backend's threads. All that a worker file for `wasm({ worker })` does:
 *
 * ```ts
 * import { runWorker } from '@gradus/backend-wasm/worker'
 * runWorker()
 * ```
 */
export function runWorker(): void {
  const port = nodeWorkers()?.parentPort;
  if (port) port.once('message', (assignment) => serve(assignment as Assignment, takeChunks));
  else {
    const listener = ({ data }: MessageEvent): void => serve(data as Assignment, takeChunks);
    globalThis.addEventListener('message', listener as EventListener, { once: true });
  }
}
