import {
  type Backend,
  type Capabilities,
  decompose,
  type FusedName,
  type Kernel,
  type MemoryReport,
} from '@gradus/backend';
import { ArgumentError, dtypes } from '@gradus/storage';
import { CoordinateMemory } from './coordinates.ts';
import { Engine } from './engine.ts';
import { hasRelaxedSimd, requireSimd } from './features.ts';
import { FusedRunner } from './fused.ts';
import { IndexingRunner } from './kernels/indexing.ts';
import { ScanRunner } from './kernels/scan.ts';
import { SortRunner } from './kernels/sort.ts';
import { MapRunner } from './map.ts';
import { MatMulRunner } from './matmul/multiply.ts';
import { Allocator } from './memory/allocator.ts';
import { MAX_OPERANDS } from './memory/arguments.ts';
import { LinearMemory, MAX_BYTES } from './memory/linear-memory.ts';
import { HEAP } from './memory/regions.ts';
import type { TensorBuffer } from './memory/tensor-buffer.ts';
import { TensorMemory } from './memory/tensor-memory.ts';
import { Pool } from './pool/pool.ts';
import { type PoolWorker, startWorker } from './pool/pool-worker.ts';
import { threadCount } from './pool/thread-count.ts';
import { ReduceRunner } from './reduce.ts';

/** Growth of the live bytes from which on a read lets finalizers run. */
const PRESSURE = 16 * 1024 * 1024;

/** So much that the loops which return to the event loop seldom come there, and little beside what else a process takes. */
const COLLECT_ABOVE = 128 * 1024 * 1024;

export interface WasmOptions {
  /** The backend's name; default `'wasm'`. */
  readonly name?: string;
  /** Whether to use relaxed SIMD, whose results may differ in their last bit between machines; default: where there is. */
  readonly relaxedSimd?: boolean;
  /** The same bits on every machine, at the price of relaxed SIMD; default false. (The number of threads never changes any.) */
  readonly deterministic?: boolean;
  /** Bytes of linear memory at most; default, and at most: just below 4 GiB. */
  readonly maxMemory?: number;
  /**
   * Bytes of tensors in linear memory from which on they are moved out, where the engine collects those that nobody holds; default
   * 128 MiB. Where more than that is in use, the limit grows with it.
   */
  readonly collectAbove?: number;
  /**
   * Threads to compute with, the calling one among them; default: by the machine's cores, 8 at most. One where memory can't be
   * shared: in pages that aren't cross-origin isolated. Results don't depend on it.
   */
  readonly threads?: number;
  /**
   * Starts a worker that runs `runWorker` of `@gradus/backend-wasm/worker`, for pages whose content security policy forbids
   * workers from blobs; default: from text.
   */
  readonly worker?: () => PoolWorker;
  /** Microseconds of work from which on a kernel is split between threads; default 20. */
  readonly splitAbove?: number;
}

/** Kernels in WebAssembly that the backend writes itself, one after the other, the larger ones on several threads. */
export class WasmBackend implements Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly #memory: LinearMemory;
  readonly #allocator: Allocator;
  readonly #pool: Pool | null;
  readonly #tensors: TensorMemory;
  /** Bytes that were live when a read last returned to the event loop. */
  #settledBytes = 0;
  readonly #map: MapRunner;
  readonly #matmul: MatMulRunner;
  readonly #indexing: IndexingRunner;
  readonly #scan: ScanRunner;
  readonly #sort: SortRunner;
  readonly #fused: FusedRunner;
  readonly #reduce: ReduceRunner;

  constructor(options: WasmOptions = {}) {
    requireSimd();
    const { name = 'wasm', deterministic = false, maxMemory = MAX_BYTES, splitAbove = 20 } = options;
    const { collectAbove = COLLECT_ABOVE } = options;
    const { relaxedSimd = !deterministic && hasRelaxedSimd() } = options;
    if (deterministic && relaxedSimd)
      throw new ArgumentError('wasm: deterministic excludes relaxedSimd: drop one of them');
    if (!(maxMemory >= 2 * HEAP)) {
      throw new ArgumentError(`wasm: maxMemory is ${maxMemory} bytes, at least ${2 * HEAP} are needed`);
    }
    this.name = name;
    const threads = threadCount(options.threads);
    this.#memory = new LinearMemory(maxMemory, threads > 1);
    this.#allocator = new Allocator(this.#memory, HEAP);
    this.#tensors = new TensorMemory(this.#memory, this.#allocator, collectAbove);
    this.#pool = this.#memory.isShared
      ? new Pool(this.#memory, this.#allocator, { threads, startWorker: options.worker ?? startWorker })
      : null;
    const pool = this.#pool;
    this.capabilities = {
      dtypes: new Set(dtypes),
      syncRead: true,
      garbageCollected: false,
      maxBufferBytes: this.#memory.limit,
      maxOperands: MAX_OPERANDS,
      get threads() {
        return pool?.threads ?? 1;
      },
    };
    const engine = new Engine(this.#memory, {
      relaxedSimd,
      pool,
      splitAbove: 1000 * splitAbove,
    });
    const coordinates = new CoordinateMemory(this, this.#memory, this.#allocator);
    this.#map = new MapRunner(engine, this.#allocator, coordinates);
    this.#matmul = new MatMulRunner(this, engine, this.#allocator);
    this.#indexing = new IndexingRunner(engine);
    this.#scan = new ScanRunner(engine);
    this.#sort = new SortRunner(engine, this.#allocator);
    this.#fused = new FusedRunner(this, engine, this.#allocator);
    this.#reduce = new ReduceRunner(this, engine, this.#allocator, coordinates);
  }

  allocate(byteLength: number): TensorBuffer {
    return this.#tensors.allocate(byteLength);
  }

  release(handle: TensorBuffer): void {
    this.#tensors.release(handle);
  }

  finalizer(handle: TensorBuffer): () => void {
    return this.#tensors.finalizer(handle);
  }

  upload(handle: TensorBuffer, byteOffset: number, bytes: Uint8Array): void {
    this.#tensors.bytes(handle).set(bytes, byteOffset);
  }

  /**
   * Where much memory was handed out since the last time, reading returns to the event loop once, so that finalizers give
   * back what a loop of `await`s alone would pile up.
   */
  async download(handle: TensorBuffer, byteOffset: number, byteLength: number): Promise<Uint8Array> {
    const bytes = this.downloadSync(handle, byteOffset, byteLength);
    const { liveBytes } = this.#allocator.report();
    if (liveBytes > this.#settledBytes + PRESSURE) {
      await new Promise((resolve) => setTimeout(resolve));
      this.#settledBytes = this.#allocator.report().liveBytes;
    } else if (liveBytes < this.#settledBytes) this.#settledBytes = liveBytes;
    return bytes;
  }

  downloadSync(handle: TensorBuffer, byteOffset: number, byteLength: number): Uint8Array {
    return this.#tensors.bytes(handle).slice(byteOffset, byteOffset + byteLength);
  }

  launch(kernel: Kernel): void {
    this.#tensors.launch(kernel, this.#run);
  }

  readonly #run = (kernel: Kernel): void => {
    switch (kernel.kind) {
      case 'map':
        return this.#map.run(kernel.program, kernel.inputs, kernel.outputs, kernel.uniforms);
      case 'reduce': {
        const { program, inputs, output, axes, uniforms, indices } = kernel;
        return this.#reduce.run(program, inputs, output, axes, uniforms, indices);
      }
      case 'matmul':
        return this.#matmul.run(kernel);
      case 'scan':
        return this.#scan.run(kernel);
      case 'gather':
      case 'scatter':
        return this.#indexing.run(kernel);
      case 'sort':
        return this.#sort.run(kernel);
      case 'fused':
        if (!this.#fused.run(kernel)) decompose(this, kernel);
        return;
    }
  };

  supports(name: FusedName): boolean {
    return this.#fused.supports(name);
  }

  async synchronize(): Promise<void> {}

  memory(): MemoryReport {
    return this.#allocator.report();
  }

  /** Threads at work now: `capabilities.threads` once workers are up, which the first large kernel starts. */
  get runningThreads(): number {
    return this.#pool?.running ?? 1;
  }

  /** Ends the workers. */
  async dispose(): Promise<void> {
    await this.#pool?.dispose();
  }
}

/** The wasm backend: `await use(wasm())`. Throws a BackendError where there is no WebAssembly SIMD. */
export function wasm(options: WasmOptions = {}): Backend {
  return new WasmBackend(options);
}
