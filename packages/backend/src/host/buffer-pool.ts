import type { MemoryReport } from '../backend.ts';
import { HostBuffer } from './host-buffer.ts';
import { sizeClass } from './size-class.ts';

/** Every dtype's array fits a whole number of them. */
const UNIT = 8;

/**
 * Released buffers, kept by size for reuse together with their typed arrays, which cost more to make than to keep. Live buffers are only counted, never held, so that those nobody releases
 * are garbage like any other object.
 */
export class BufferPool {
  readonly #free = new Map<number, HostBuffer[]>();
  readonly #capacity: number;
  #liveBuffers = 0;
  #liveBytes = 0;
  #pooledBytes = 0;
  #peakBytes = 0;

  /** `capacity`: bytes kept for reuse at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  allocate(byteLength: number): HostBuffer {
    const size = sizeClass(byteLength, UNIT);
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) this.#pooledBytes -= size;
    this.#liveBuffers++;
    this.#liveBytes += byteLength;
    if (this.#liveBytes > this.#peakBytes) this.#peakBytes = this.#liveBytes;
    const buffer = reused ?? new HostBuffer(new ArrayBuffer(size));
    buffer.byteLength = byteLength;
    return buffer;
  }

  release(buffer: HostBuffer): void {
    this.#liveBuffers--;
    this.#liveBytes -= buffer.byteLength;
    const size = buffer.bytes.byteLength;
    if (this.#pooledBytes + size > this.#capacity) return;
    this.#pooledBytes += size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
  }

  report(): MemoryReport {
    return {
      liveBuffers: this.#liveBuffers,
      liveBytes: this.#liveBytes,
      pooledBytes: this.#pooledBytes,
      peakBytes: this.#peakBytes,
    };
  }

  clear(): void {
    this.#free.clear();
    this.#pooledBytes = 0;
  }
}
