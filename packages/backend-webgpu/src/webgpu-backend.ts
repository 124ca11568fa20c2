import type { Backend, Capabilities, FusedName, Kernel, MemoryReport } from '@gradus/backend';
import { BackendError, type DType } from '@gradus/storage';
import { type Acquired, acquireDevice, type DeviceOptions } from './device/acquire.ts';
import { Failures } from './device/failures.ts';
import type { Device } from './device/platform.ts';
import { KernelRunner } from './kernels/kernel-runner.ts';
import { type TuningStore, tunerFor } from './kernels/product-tuner.ts';
import { BufferPool } from './memory/buffer-pool.ts';
import type { GpuBuffer } from './memory/gpu-buffer.ts';
import { CommandQueue } from './queue/command-queue.ts';

/** All but float64, which WGSL doesn't have. */
const dtypes: ReadonlySet<DType> = new Set<DType>([
  'float32',
  'float16',
  'bfloat16',
  'int32',
  'uint32',
  'uint8',
  'int8',
  'bool',
]);

/** Views of one map, in as many buffers as the adapter allows: more would make signatures of launches inexact. */
const MAX_OPERANDS = 12;

export interface WebGPUOptions extends DeviceOptions {
  /** The backend's name; default `'webgpu'`. */
  readonly name?: string;
  /**
   * Whether the fastest way of computing products is found by timing a few on the device, once per class of sizes; all ways sum
   * in one order. Default: on GPUs that have `timestamp-query`, not where a processor plays one.
   */
  readonly tune?: boolean;
  /** Where what was found is kept from one session to the next; default `localStorage` in windows, nothing elsewhere. */
  readonly tuningStore?: TuningStore;
}

/** Everything that exists once there is a device. */
interface Live extends Acquired {
  readonly failures: Failures;
  readonly pool: BufferPool;
  readonly queue: CommandQueue;
  readonly kernels: KernelRunner;
}

/** Kernels in WGSL that the backend writes itself, on a GPU that is reached through WebGPU. */
export class WebGPUBackend implements Backend {
  readonly #name: string;
  readonly #options: WebGPUOptions;
  #capabilities: Capabilities = capabilitiesFor(2 ** 27);
  #live: Live | null = null;
  #starting: Promise<void> | null = null;
  #isDisposed = false;

  constructor(options: WebGPUOptions = {}) {
    this.#name = options.name ?? 'webgpu';
    this.#options = options;
  }

  /** The name that was given; a backend whose device is lost says so, since another may bear its name by now. */
  get name(): string {
    return this.#live?.failures.isLost ? `${this.#name} (lost)` : this.#name;
  }

  /** What the device can do: WebGPU's defaults until `initialize` has found one. */
  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** The device, for those who share it: to draw, or to launch kernels of their own on a tensor's buffer. */
  get device(): Device {
    return this.#require().device;
  }

  /** Finds the GPU. Throws a BackendError where there is none, where it is lost, and once the backend was disposed. */
  async initialize(): Promise<void> {
    if (this.#live !== null) return this.#live.failures.checkLoss();
    if (this.#isDisposed) throw this.#unusable();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    await this.#starting;
  }

  async #start(): Promise<void> {
    const acquired = await acquireDevice(this.#options);
    const { device } = acquired;
    const failures = new Failures(this.#name, device);
    // A device that was handed in may be lost already; it says so at once.
    await Promise.race([device.lost, null]);
    failures.checkLoss();
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    // Whole vectors, so that every element is in one.
    const maxBytes = 16 * Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 16);
    this.#capabilities = capabilitiesFor(maxBytes);
    const queue = new CommandQueue(acquired, failures);
    const pool = new BufferPool({ device, failures, maxBytes, beforeDestroy: () => queue.forgetBuffers() });
    const kernels = new KernelRunner(this, queue, pool, tunerFor(device, this.#options));
    this.#live = { ...acquired, failures, queue, pool, kernels };
  }

  allocate(byteLength: number): GpuBuffer {
    return this.#require().pool.allocate(byteLength);
  }

  release(handle: GpuBuffer): void {
    this.#live?.pool.release(handle);
  }

  upload(handle: GpuBuffer, byteOffset: number, bytes: Uint8Array): void {
    this.#require().queue.upload(handle, byteOffset, bytes);
  }

  /** Throws what went wrong on the device since the last time that somebody waited for it. */
  async download(handle: GpuBuffer, byteOffset: number, byteLength: number): Promise<Uint8Array> {
    return await this.#require().queue.download(handle, byteOffset, byteLength);
  }

  launch(kernel: Kernel): void {
    this.#require().kernels.run(kernel);
  }

  supports(name: FusedName): boolean {
    return this.#live?.kernels.supports(name) ?? false;
  }

  /** Throws what went wrong on the device since the last time that somebody waited for it. */
  async synchronize(): Promise<void> {
    await this.#require().queue.synchronize();
  }

  memory(): MemoryReport {
    return this.#require().pool.report();
  }

  /** Gives the device up, with all buffers; one that was handed in stays as it is. */
  async dispose(): Promise<void> {
    await this.#starting?.catch(() => {});
    const live = this.#live;
    if (live === null) return;
    this.#live = null;
    this.#isDisposed = true;
    live.queue.flush();
    live.failures.close();
    live.pool.clear();
    if (live.isOwn) live.device.destroy();
  }

  #require(): Live {
    if (this.#live === null) throw this.#unusable();
    return this.#live;
  }

  #unusable(): BackendError {
    const why = this.#isDisposed ? 'the backend was disposed' : 'there is no device';
    return new BackendError(`${this.#name}: ${why}; make one with await use(webgpu())`);
  }
}

function capabilitiesFor(maxBufferBytes: number): Capabilities {
  return { dtypes, syncRead: false, garbageCollected: false, maxBufferBytes, maxOperands: MAX_OPERANDS, threads: 1 };
}

/**
 * The GPU backend: `await use(webgpu())`. In browsers (windows and workers) and Deno through `navigator.gpu`, in Node
 * and Bun through the npm package `webgpu`, which has to be installed.
 */
export function webgpu(options: WebGPUOptions = {}): WebGPUBackend {
  return new WebGPUBackend(options);
}
