import { Ledger, sizeClass } from '@gradus/backend';
import type { Failures } from '../device/failures.ts';
import { BufferUsage, MAP_READ } from '../device/usage.ts';
import type { GpuBuffer } from '../memory/gpu-buffer.ts';
import { WORD } from './whole-words.ts';

/** Bytes of staging buffers that are kept for the next read. */
const KEPT = 16 * 1024 * 1024;

/** Buffers of the host's side, that what is read is copied into. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #ledger: Ledger<GPUBuffer> = new Ledger();

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  /** Encodes the copy; once it is submitted, `finish` waits for it. */
  begin(
    encoder: GPUCommandEncoder,
    source: GpuBuffer,
    byteOffset: number,
    byteLength: number,
  ): { readonly finish: () => Promise<Uint8Array> } {
    const start = byteOffset - (byteOffset % WORD);
    const size = Math.ceil((byteOffset + byteLength - start) / WORD) * WORD;
    const staging = this.#take(size);
    encoder.copyBufferToBuffer(source.gpu, start, staging, 0, size);
    return {
      finish: () => this.#failures.during('reading', this.#read(staging, size, byteOffset - start, byteLength)),
    };
  }

  /** The staging buffer stays referenced while it is being mapped: Dawn crashes otherwise. */
  async #read(staging: GPUBuffer, size: number, skip: number, byteLength: number): Promise<Uint8Array> {
    await staging.mapAsync(MAP_READ, 0, size);
    const bytes = new Uint8Array(staging.getMappedRange(0, size)).slice(skip, skip + byteLength);
    staging.unmap();
    this.#giveBack(staging);
    return bytes;
  }

  #take(byteLength: number): GPUBuffer {
    const size = sizeClass(byteLength, 256);
    return (
      this.#ledger.reuse(size) ??
      this.#device.createBuffer({ label: 'staging', size, usage: BufferUsage.mapRead | BufferUsage.copyTarget })
    );
  }

  #giveBack(staging: GPUBuffer): void {
    if (this.#ledger.counts.pooledBytes + staging.size > KEPT) staging.destroy();
    else this.#ledger.keep(staging, staging.size);
  }
}
