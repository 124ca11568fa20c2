import { nodeCores, nodeWorkers } from './node.ts';
import { nodeWorkerText, webWorkerText } from './worker-text.ts';

/** What the pool needs of a worker: a browser's `Worker`, or one of Node's. */
export interface PoolWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Lets a Node process end although the worker lives. */
  unref?(): void;
  addEventListener?(type: 'error', listener: (event: { readonly message?: string }) => void): void;
  on?(type: 'error', listener: (error: Error) => void): unknown;
}

let url: string | undefined;

/** Starts a worker without a file: from text in Node, from a blob elsewhere. Throws where that is forbidden. */
export function startWorker(): PoolWorker {
  const threads = nodeWorkers();
  // No flag of the program's own is meant for the worker, least of all one that makes its text an ES module.
  if (threads !== undefined) return new threads.Worker(nodeWorkerText, { eval: true, execArgv: [] });
  url ??= URL.createObjectURL(new Blob([webWorkerText], { type: 'text/javascript' }));
  return new Worker(url);
}

/** Cores, as far as the engine tells. */
export function availableCores(): number {
  return nodeCores() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether workers can be started, and share memory with this thread. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  if (nodeWorkers() !== undefined) return true;
  return typeof Worker === 'function' && globalThis.crossOriginIsolated;
}
