import { BufferUsage } from '../device/usage.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';

/** Bytes that one batch of commands may bring along. */
const CAPACITY = 256 * 1024;

/** Small uploads into buffers that commands of the same batch use: sent with the batch, copied in order. */
export class UploadRing {
  readonly #buffer: GPUBuffer;
  readonly #bytes = new Uint8Array(CAPACITY);
  #used = 0;

  constructor(device: GPUDevice) {
    const usage = BufferUsage.copySource | BufferUsage.copyTarget;
    this.#buffer = device.createBuffer({ label: 'uploads', size: CAPACITY, usage });
  }

  canTake(byteLength: number): boolean {
    return this.#used + byteLength <= CAPACITY;
  }

  /** Whole words. */
  push(bytes: Uint8Array, encoder: GPUCommandEncoder, target: GpuBuffer, byteOffset: number): void {
    this.#bytes.set(bytes, this.#used);
    encoder.copyBufferToBuffer(this.#buffer, this.#used, target.gpu, byteOffset, bytes.length);
    this.#used += bytes.length;
  }

  send(queue: GPUQueue): void {
    if (this.#used > 0) queue.writeBuffer(this.#buffer, 0, this.#bytes, 0, this.#used);
    this.#used = 0;
  }
}
