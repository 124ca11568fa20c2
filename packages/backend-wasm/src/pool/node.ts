import { findNodeModule } from '@gradus/storage';
import type { PoolWorker } from './pool-worker.ts';

// The little that is used of Node.

interface WorkerThreads {
  readonly Worker: new (text: string, options: { eval: true; execArgv: string[] }) => PoolWorker;
  readonly parentPort: { once(type: 'message', listener: (message: unknown) => void): unknown } | null;
}

interface System {
  availableParallelism(): number;
}

/** How Node starts workers; undefined elsewhere. */
export function nodeWorkers(): WorkerThreads | undefined {
  return findNodeModule('node:worker_threads');
}

/** Cores that a Node process may use; undefined elsewhere. */
export function nodeCores(): number | undefined {
  return findNodeModule<System>('node:os')?.availableParallelism();
}
