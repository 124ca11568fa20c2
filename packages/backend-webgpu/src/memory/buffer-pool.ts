import { type MemoryReport, sizeClass } from '@gradus/backend';
import { BackendError } from '@gradus/storage';
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
  /** The largest buffer that a kernel can bind. */
  readonly maxBytes: number;
  /** Called before buffers are destroyed: no command that isn't submitted yet may use one. */
  readonly beforeDestroy: () => void;
}

/** GPU buffers by size class. Released ones are used again; what exceeds the live bytes is destroyed. */
export class BufferPool {
  readonly #source: BufferSource;
  readonly #free = new Map<number, GpuBuffer[]>();
  #liveBuffers = 0;
  #liveBytes = 0;
  #pooledBytes = 0;
  #peakBytes = 0;
  /** Live bytes that the JavaScript engine has been told of. */
  #reportedBytes = 0;

  constructor(source: BufferSource) {
    this.#source = source;
  }

  /** Throws a BackendError for more bytes than a kernel can bind. */
  allocate(byteLength: number): GpuBuffer {
    const buffer = this.reserve(byteLength);
    this.#liveBuffers++;
    this.#liveBytes += byteLength;
    if (this.#liveBytes > this.#peakBytes) this.#peakBytes = this.#liveBytes;
    if (this.#liveBytes > this.#reportedBytes + PRESSURE) this.#reportPressure();
    return buffer;
  }

  release(buffer: GpuBuffer): void {
    this.#liveBuffers--;
    this.#liveBytes -= buffer.byteLength;
    if (this.#liveBytes < this.#reportedBytes) this.#reportedBytes = this.#liveBytes;
    this.recycle(buffer);
  }

  /** A buffer that is not counted: a kernel's own working memory. */
  reserve(byteLength: number): GpuBuffer {
    const capacity = this.#capacityFor(byteLength);
    let buffer = this.#free.get(capacity)?.pop();
    if (buffer === undefined) buffer = this.#create(capacity);
    else this.#pooledBytes -= capacity;
    buffer.byteLength = byteLength;
    return buffer;
  }

  /** Takes back what `reserve` gave; commands that use it may still be on their way. */
  recycle(buffer: GpuBuffer): void {
    this.#pooledBytes += buffer.capacity;
    const list = this.#free.get(buffer.capacity);
    if (list === undefined) this.#free.set(buffer.capacity, [buffer]);
    else list.push(buffer);
    if (this.#pooledBytes > 2 * Math.max(this.#liveBytes, KEPT)) this.#destroyDownTo(this.#pooledBytes / 2);
  }

  report(): MemoryReport {
    return {
      liveBuffers: this.#liveBuffers,
      liveBytes: this.#liveBytes,
      pooledBytes: this.#pooledBytes,
      peakBytes: this.#peakBytes,
    };
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
    const { device } = this.#source;
    return new GpuBuffer(
      device.createBuffer({ label: `buffer of ${capacity} bytes`, size: capacity, usage }),
      capacity,
    );
  }

  /** Sizes that were used longest ago come first in the map, roughly: it keeps the order in which they first appeared. */
  #destroyDownTo(bytes: number): void {
    this.#source.beforeDestroy();
    for (const [capacity, list] of this.#free) {
      while (this.#pooledBytes > bytes && list.length > 0) {
        list.pop()?.gpu.destroy();
        this.#pooledBytes -= capacity;
      }
      if (list.length === 0) this.#free.delete(capacity);
    }
  }

  /**
   * Collectors see only the small objects that stand for GPU memory. Host memory of the same size, which is never touched,
   * makes them look for garbage as early as they should.
   */
  #reportPressure(): void {
    new ArrayBuffer(this.#liveBytes - this.#reportedBytes);
    this.#reportedBytes = this.#liveBytes;
  }
}
