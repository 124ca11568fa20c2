import { BackendError, findNodeModule } from '@gradus/storage';

/** An ErrorEvent. */
interface WorkerFailure {
  readonly error: unknown;
  readonly message: string;
  readonly filename: string;
  readonly lineno: number;
}

/** A worker of browsers. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message' | 'messageerror', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'error', listener: (event: WorkerFailure) => void): void;
  terminate(): void;
}

/** A worker of node:worker_threads. */
export interface NodeWorkerLike {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(type: 'message', listener: (message: unknown) => void): unknown;
  on(type: 'error' | 'messageerror', listener: (error: Error) => void): unknown;
  on(type: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

export type WorkerLike = WebWorkerLike | NodeWorkerLike;

/** One end of the line between a program and its worker. */
export interface Port<Sent, Received> {
  send(message: Sent, transfer?: readonly ArrayBuffer[]): void;
  listen(listener: (message: Received) => void): void;
}

/** A program's end. */
export interface WorkerPort<Sent, Received> extends Port<Sent, Received> {
  /** Called if the worker breaks down or ends, apart from `terminate`. */
  onFailure(listener: (error: Error) => void): void;
  /** Whether Node waits for this worker before it exits. */
  setBusy(busy: boolean): void;
  terminate(): void;
}

export function portTo<Sent, Received>(worker: WorkerLike): WorkerPort<Sent, Received> {
  return onceReady('addEventListener' in worker ? webPort(worker) : nodePort(worker));
}

/** What a worker says when it listens. */
const READY = '@gradus/ready';

/**
 * Holds messages back until the worker listens: what reaches a worker of browsers while its module awaits something at its top
 * level is lost.
 */
function onceReady<Sent, Received>(port: WorkerPort<Sent, Received | typeof READY>): WorkerPort<Sent, Received> {
  let held: (() => void)[] | null = [];
  port.listen((message) => {
    if (message !== READY) return;
    for (const send of held ?? []) send();
    held = null;
  });
  return {
    ...port,
    send: (message, transfer) => {
      if (held === null) return port.send(message, transfer);
      // What can't be sent is an error now, not when the worker listens.
      const copy = structuredClone(message, { transfer: [...(transfer ?? [])] });
      held.push(() => port.send(copy));
    },
    listen: (listener) => port.listen((message) => (message === READY ? undefined : listener(message as Received))),
  };
}

function webPort<Sent, Received>(worker: WebWorkerLike): WorkerPort<Sent, Received> {
  return {
    send: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen: (listener) => worker.addEventListener('message', ({ data }) => listener(data as Received)),
    onFailure: (listener) => {
      worker.addEventListener('error', ({ error, message, filename, lineno }) => {
        listener(error instanceof Error ? error : new BackendError(`worker: ${message} (${filename}:${lineno})`));
      });
      worker.addEventListener('messageerror', () => listener(new BackendError('worker: a message could not be read')));
    },
    setBusy: () => {},
    terminate: () => worker.terminate(),
  };
}

function nodePort<Sent, Received>(worker: NodeWorkerLike): WorkerPort<Sent, Received> {
  let terminated = false;
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer),
    listen: (listener) => worker.on('message', listener as (message: unknown) => void),
    onFailure: (listener) => {
      worker.on('error', listener);
      worker.on('messageerror', listener);
      worker.on('exit', (code) => {
        if (!terminated) listener(new BackendError(`worker: it ended with exit code ${code} before its work was done`));
      });
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => {
      terminated = true;
      void worker.terminate();
    },
  };
}

/** What is global in a worker of browsers. */
interface WorkerScope {
  postMessage?(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener?(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** The worker's end. Throws a BackendError outside a worker. */
export function portToParent<Sent, Received>(caller: string): Port<Sent, Received> {
  const parent = nodeParent();
  if (parent !== null) {
    return {
      send: (message, transfer = []) => parent.postMessage(message, transfer),
      listen: (listener) => {
        parent.on('message', listener);
        parent.postMessage(READY);
      },
    };
  }
  const scope = globalThis as unknown as WorkerScope & { readonly document?: unknown };
  if (scope.document !== undefined || scope.postMessage === undefined || scope.addEventListener === undefined) {
    throw new BackendError(`${caller}: call it in the module that a worker runs`);
  }
  return {
    send: (message, transfer = []) => scope.postMessage?.(message, transfer),
    listen: (listener) => {
      scope.addEventListener?.('message', ({ data }) => listener(data as Received));
      scope.postMessage?.(READY, []);
    },
  };
}

function nodeParent(): import('node:worker_threads').MessagePort | null {
  return findNodeModule<typeof import('node:worker_threads')>('node:worker_threads')?.parentPort ?? null;
}
