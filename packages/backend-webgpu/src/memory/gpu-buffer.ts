import type { Buffer } from '../device/platform.ts';

/** A buffer on the GPU: the backend's handle. Released ones are handed out again, under the same identity. */
export class GpuBuffer {
  readonly gpu: Buffer;
  /** Bytes reserved: those of its size class. */
  readonly capacity: number;
  /** Bytes asked for. */
  byteLength = 0;
  /** The last batch of commands that uses it. */
  batch = -1;

  /** The first kernel that used it, for the message where there was no memory for it. */
  kernel: string | null = null;
  /** Whether there was memory for it; as far as is known. */
  isUsable = true;

  constructor(gpu: Buffer, capacity: number) {
    this.gpu = gpu;
    this.capacity = capacity;
  }
}
