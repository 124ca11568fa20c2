import { BackendError } from '@gradus/storage';
import type { Allocator } from '../memory/allocator.ts';
import type { LinearMemory } from '../memory/linear-memory.ts';
import { CONTROL } from '../memory/regions.ts';
import { control as at } from './control.ts';
import { notice } from './notice.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { Assignment } from './serve.ts';
import { type RangeKernel, takeChunks } from './take-chunks.ts';

/** A kernel as workers find it: the bytes of its module, and which export it is. */
export interface KernelOrigin {
  readonly module: ModuleBytes;
  readonly index: number;
}

export interface ModuleBytes {
  readonly bytes: Uint8Array;
  /** Its number and the address of its bytes, once workers know it. */
  place?: { readonly id: number; readonly pointer: number };
}

export interface PoolOptions {
  /** The calling thread and the workers. */
  readonly threads: number;
  /** How a worker is started. */
  startWorker(): PoolWorker;
}

/**
 * How often a worker looks for the next job before it sleeps: some 100 microseconds, and down to a tenth of it where threads have
 * to take turns on one core, which a worker that waits would take from those who compute.
 */
const MOST_SPINS = 20_000;
const LEAST_SPINS = 2_000;

/** How often this thread looks whether the others are done before it sleeps in between, where it may, and how often from then on. */
const SPINS = 10_000;
const SPINS_BETWEEN = 100;

/** Milliseconds of such a sleep: a worker that lost its core may take this one. */
const NAP = 0.05;

/** Milliseconds that this thread waits for a worker before it gives it up. */
const PATIENCE = 60_000;

/** Workers of pools that nobody holds any more. */
const abandoned = new FinalizationRegistry<readonly PoolWorker[]>((workers) => {
  for (const worker of workers) worker.terminate();
});

/**
 * Workers over the backend's memory. They start with the first job; until they are up, and where they can't be had, the
 * caller is on its own.
 */
export class Pool {
  readonly #memory: LinearMemory;
  readonly #allocator: Allocator;
  readonly #options: PoolOptions;
  readonly #words: Int32Array;
  #workers: PoolWorker[] | null = null;
  #threads: number;
  #modules = 0;

  constructor(memory: LinearMemory, allocator: Allocator, options: PoolOptions) {
    this.#memory = memory;
    this.#allocator = allocator;
    this.#options = options;
    this.#threads = options.threads;
    this.#words = new Int32Array(memory.memory.buffer, CONTROL);
  }

  /** Threads that jobs are dealt to, once all workers are up. */
  get threads(): number {
    return this.#threads;
  }

  /** Threads at work now. */
  get running(): number {
    return this.#workers === null || this.#threads === 1 ? 1 : 1 + Atomics.load(this.#words, at.ready);
  }

  /**
   * Runs kernel(from, to, ...values) over chunks of `size` of the `total` items on all threads; false while there is no worker
   * to share with. Throws a BackendError if a worker fails on the way.
   */
  run(kernel: RangeKernel, origin: KernelOrigin, total: number, size: number, values: readonly number[]): boolean {
    if (this.#threads === 1) return false;
    if (this.#workers === null) this.#start();
    const words = this.#words;
    if (Atomics.load(words, at.ready) === 0) return false;
    this.#write(origin, total, size, values);
    Atomics.add(words, at.job, 1);
    if (Atomics.load(words, at.sleeping) > 0) Atomics.notify(words, at.job);
    try {
      this.#adapt(takeChunks(words, at, 0, kernel));
    } finally {
      Atomics.add(words, at.job, 1);
      this.#awaitWorkers();
    }
    if (Atomics.load(words, at.failed) !== 0) this.#giveUp('a worker failed in a kernel');
    return true;
  }

  /** A job of which one thread did everything had one core. */
  #adapt(taken: number): void {
    const words = this.#words;
    const spins = words[at.spins] as number;
    const isShared = taken > 0 && taken < (words[at.chunks] as number);
    words[at.spins] = isShared ? Math.min(2 * spins, MOST_SPINS) : Math.max(spins >> 1, LEAST_SPINS);
  }

  /** Ends the workers. */
  async dispose(): Promise<void> {
    this.#threads = 1;
    const workers = this.#workers ?? [];
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #start(): void {
    const workers: PoolWorker[] = [];
    this.#workers = workers;
    abandoned.register(this, workers);
    this.#words[at.spins] = MOST_SPINS;
    // A worker that lives must not keep its pool alive.
    const reference = new WeakRef(this);
    const listener = ({ message }: { readonly message?: string }): void => {
      const pool = reference.deref();
      if (pool !== undefined) pool.#refused(message);
    };
    try {
      for (let thread = 1; thread < this.#threads; thread++) {
        const worker = this.#options.startWorker();
        workers.push(worker);
        worker.unref?.();
        if (worker.on === undefined) worker.addEventListener?.('error', listener);
        else worker.on('error', listener);
        const assignment: Assignment = { memory: this.#memory.memory, thread, start: CONTROL, at };
        worker.postMessage(assignment);
      }
    } catch (error) {
      this.#refused((error as Error).message);
    }
  }

  /** What a worker does outside of jobs went wrong: its start, as a rule. */
  #refused(message = 'it is not allowed here'): void {
    void this.dispose();
    notice(
      `wasm: a worker can't be started (${message}): kernels run on one thread; option \`worker\` starts your own`,
    );
  }

  #write({ module, index }: KernelOrigin, total: number, size: number, values: readonly number[]): void {
    const words = this.#words;
    const { id, pointer } = this.#placeOf(module);
    words[at.threads] = this.#threads;
    words[at.module] = id;
    words[at.pointer] = pointer;
    words[at.byteLength] = module.bytes.length;
    words[at.index] = index;
    words[at.total] = total;
    words[at.size] = size;
    words[at.chunks] = Math.ceil(total / size);
    words[at.count] = values.length;
    for (let i = 0; i < values.length; i++) words[at.values + i] = values[i] as number;
    for (let thread = 0; thread < this.#threads; thread++) words[at.taken + thread * at.line] = 0;
  }

  #placeOf(module: ModuleBytes): { readonly id: number; readonly pointer: number } {
    if (module.place === undefined) {
      const { length } = module.bytes;
      const { pointer } = this.#allocator.reserve(length);
      this.#memory.bytes(pointer, length).set(module.bytes);
      module.place = { id: this.#modules++, pointer };
    }
    return module.place;
  }

  /** Waits until nobody is in the job any more. */
  #awaitWorkers(): void {
    const words = this.#words;
    let deadline = 0;
    for (let spin = 1; Atomics.load(words, at.active) !== 0; spin++) {
      if (spin < SPINS || spin % SPINS_BETWEEN !== 0) continue;
      if (deadline === 0) deadline = performance.now() + PATIENCE;
      if (performance.now() > deadline) this.#giveUp('a worker does not come back from a kernel');
      if (mayWait()) Atomics.wait(words, at.zero, 0, NAP);
    }
  }

  #giveUp(what: string): never {
    void this.dispose();
    throw new BackendError(`wasm: ${what}; its output is undefined. From here on kernels run on one thread`);
  }
}

let waits: boolean | undefined;

/** Whether this thread may sleep: a page's own may not. */
function mayWait(): boolean {
  if (waits === undefined) {
    try {
      waits = Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal';
    } catch {
      waits = false;
    }
  }
  return waits;
}
