import type { PoolWorker } from './pool-worker.ts';

// The little that is used of Node, reached without an import, which other engines and bundlers couldn't follow.

interface WorkerThreads {
  readonly Worker: new (text: string, options: { eval: true; execArgv: string[] }) => PoolWorker;
  readonly parentPort: { once(type: 'message', listener: (message: unknown) => void): unknown } | null;
}

interface NodeProcess {
  getBuiltinModule?(id: 'node:worker_threads'): WorkerThreads;
  getBuiltinModule?(id: 'node:os'): { availableParallelism(): number };
}

const node: NodeProcess | undefined = (globalThis as { process?: NodeProcess }).process;

/** How Node starts workers; undefined elsewhere. */
export function nodeWorkers(): WorkerThreads | undefined {
  return node?.getBuiltinModule?.('node:worker_threads');
}

/** Where a worker of Node's hears from who started it; null elsewhere. */
export function nodePort(): WorkerThreads['parentPort'] {
  return nodeWorkers()?.parentPort ?? null;
}

/** Cores that a Node process may use; undefined elsewhere. */
export function nodeCores(): number | undefined {
  return node?.getBuiltinModule?.('node:os').availableParallelism();
}
