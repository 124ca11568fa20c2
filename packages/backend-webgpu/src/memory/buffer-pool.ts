import { evict, Ledger, type MemoryReport, sizeClass } from '@gradus/backend';
import { BackendError } from '@gradus/storage';
import type { Failures } from '../device/failures.ts';
import { BufferUsage } from '../device/usage.ts';
import { GpuBuffer } from './gpu-buffer.ts';

/** Bytes of a vec4: every buffer can be read by whole vectors. */
const UNIT = 16;

/** Released bytes that are kept whatever is live. */
const KEPT = 64 * 1024 * 1024;

/** Growth of the live bytes from which on the JavaScript engine is told of them. */
const PRESSURE = 32 * 1024 * 1024;

/** Where buffers come from and what is done before some are destroyed. */
export interface BufferSource {
  readonly device: GPUDevice;
  readonly failures: Failures;
  /** The largest buffer that a kernel can bind. */
  readonly maxBytes: number;
  /** Called before buffers are destroyed: no command that isn't submitted yet may use one. */
  readonly beforeDestroy: () => void;
}

/** GPU buffers by size class. Released ones are used again; what exceeds the live bytes is destroyed. */
export class BufferPool {
  readonly #source: BufferSource;
  readonly #ledger: Ledger<GpuBuffer> = new Ledger();
  /** Live bytes that the JavaScript engine has been told of. */
  #reportedBytes = 0;

  constructor(source: BufferSource) {
    this.#source = source;
  }

  /** Throws a BackendError for more bytes than a kernel can bind. */
  allocate(byteLength: number): GpuBuffer {
    const buffer = this.reserve(byteLength);
    this.#ledger.lend(byteLength);
    if (this.#ledger.counts.liveBytes > this.#reportedBytes + PRESSURE) this.#reportPressure();
    return buffer;
  }

  release(buffer: GpuBuffer): void {
    this.#ledger.takeBack(buffer.byteLength);
    this.#reportedBytes = Math.min(this.#reportedBytes, this.#ledger.counts.liveBytes);
    this.recycle(buffer);
  }

  /** A buffer that is not counted: a kernel's own working memory. */
  reserve(byteLength: number): GpuBuffer {
    const capacity = this.#capacityFor(byteLength);
    const buffer = this.#ledger.reuse(capacity) ?? this.#create(capacity);
    buffer.byteLength = byteLength;
    return buffer;
  }

  /** Takes back what `reserve` gave; commands that use it may still be on their way. */
  recycle(buffer: GpuBuffer): void {
    if (!buffer.isUsable) return;
    this.#ledger.keep(buffer, buffer.capacity);
    const { liveBytes, pooledBytes } = this.#ledger.counts;
    if (pooledBytes > 2 * Math.max(liveBytes, KEPT)) this.#destroyDownTo(pooledBytes / 2);
  }

  report(): MemoryReport {
    return { ...this.#ledger.counts };
  }

  /** Destroys all that is pooled. */
  clear(): void {
    this.#destroyDownTo(0);
  }

  #capacityFor(byteLength: number): number {
    const { maxBytes } = this.#source;
    if (byteLength <= maxBytes) return Math.min(sizeClass(byteLength, UNIT), maxBytes);
    throw new BackendError(
      `webgpu: a tensor of ${byteLength} bytes is larger than what this GPU binds at once (${maxBytes} bytes); ` +
        'split it, for example into smaller batches',
    );
  }

  #create(capacity: number): GpuBuffer {
    const usage = BufferUsage.storage | BufferUsage.copySource | BufferUsage.copyTarget;
    const { device, failures } = this.#source;
    device.pushErrorScope('out-of-memory');
    const gpu = device.createBuffer({ label: `buffer of ${capacity} bytes`, size: capacity, usage });
    const buffer = new GpuBuffer(gpu, capacity);
    failures.watch(device.popErrorScope(), () => this.#discard(buffer));
    return buffer;
  }

  /** There was no memory for a buffer: nobody gets it again, and what is pooled makes room for the next one. */
  #discard(buffer: GpuBuffer): string {
    buffer.isUsable = false;
    this.clear();
    return `No room for ${buffer.capacity} bytes${buffer.kernel === null ? '' : ` of the kernel '${buffer.kernel}'`}`;
  }

  #destroyDownTo(bytes: number): void {
    this.#source.beforeDestroy();
    for (const { gpu } of evict(this.#ledger, bytes)) gpu.destroy();
  }

  /**
   * Collectors see only the small objects that stand for GPU memory. Host memory of the same size, which is never touched,
   * makes them look for garbage as early as they should.
   */
  #reportPressure(): void {
    const { liveBytes } = this.#ledger.counts;
    new ArrayBuffer(liveBytes - this.#reportedBytes);
    this.#reportedBytes = liveBytes;
  }
}
