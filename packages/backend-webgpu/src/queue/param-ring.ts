import type { ParamType } from './kernel-source.ts';

/** Bytes of parameters that one batch of commands may have. */
export const RING_BYTES: number = 512 * 1024;

/** The parameters of a batch, one launch after the other: written here, sent to the GPU with the batch. */
export class ParamRing {
  readonly #bytes = new ArrayBuffer(RING_BYTES);
  readonly #words = new Uint32Array(this.#bytes);
  readonly #floats = new Float32Array(this.#bytes);
  #used = 0;

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  hasRoomFor(byteLength: number): boolean {
    return this.#used + byteLength <= RING_BYTES;
  }

  /** Where the values lie, in bytes. */
  push(values: readonly number[], types: readonly ParamType[], byteLength: number): number {
    const offset = this.#used;
    const at = offset / 4;
    for (let i = 0; i < types.length; i++) {
      if (types[i] === 'f32') this.#floats[at + i] = values[i] as number;
      else this.#words[at + i] = values[i] as number;
    }
    this.#used = offset + byteLength;
    return offset;
  }

  /** Sends what was pushed to `target`, and starts anew. */
  send(queue: GPUQueue, target: GPUBuffer): void {
    queue.writeBuffer(target, 0, this.#bytes, 0, this.#used);
    this.#used = 0;
  }
}
