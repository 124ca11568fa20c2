import { evict, Ledger, type MemoryReport, sizeClass } from '@gradus/backend';
import { BackendError } from '@gradus/storage';
import type { WasmBuffer } from './buffer.ts';
import type { LinearMemory } from './linear-memory.ts';

/** Bytes of a vector. */
const UNIT = 16;

/** A run of free bytes between buffers. */
interface Gap {
  readonly pointer: number;
  readonly capacity: number;
}

/**
 * Buffers in linear memory. Released ones wait in a free list of their size class; memory never used before is taken
 * from the end. When the end is reached, free neighbours are joined and what fits is cut from them.
 */
export class Allocator {
  readonly #memory: LinearMemory;
  readonly #ledger: Ledger<WasmBuffer> = new Ledger();
  #gaps: Gap[] = [];
  /** Where memory that was never handed out begins. */
  #end: number;
  /** Of the live bytes, those of tensors that were moved out. */
  #outsideBytes = 0;

  /** `start`: the first address that it may hand out. */
  constructor(memory: LinearMemory, start: number) {
    this.#memory = memory;
    this.#end = start;
  }

  /** Throws a BackendError when the memory's limit is reached. */
  allocate(byteLength: number): WasmBuffer {
    const buffer = this.reserve(byteLength);
    this.#ledger.lend(byteLength);
    return buffer;
  }

  release(buffer: WasmBuffer): void {
    this.#ledger.takeBack(buffer.byteLength);
    this.recycle(buffer);
  }

  /** Takes back a buffer whose content lives on outside of linear memory, and counts on. */
  moveOut(buffer: WasmBuffer): void {
    this.#outsideBytes += buffer.byteLength;
    this.recycle(buffer);
  }

  /** A buffer for what was moved out. Throws as `allocate` does. */
  moveIn(byteLength: number): WasmBuffer {
    const buffer = this.reserve(byteLength);
    this.#outsideBytes -= byteLength;
    return buffer;
  }

  /** What was moved out is gone for good. */
  releaseOutside(byteLength: number): void {
    this.#ledger.takeBack(byteLength);
    this.#outsideBytes -= byteLength;
  }

  /** A buffer that is not counted: the backend's own working memory. */
  reserve(byteLength: number): WasmBuffer {
    const capacity = sizeClass(byteLength, UNIT);
    const buffer =
      this.#ledger.reuse(capacity) ?? this.#cut(capacity) ?? this.#extend(capacity) ?? this.#compact(capacity);
    if (buffer === null) throw this.#exhausted(byteLength);
    buffer.byteLength = byteLength;
    return buffer;
  }

  /** Takes back what `reserve` gave. */
  recycle(buffer: WasmBuffer): void {
    this.#ledger.keep(buffer, buffer.capacity);
  }

  /** Runs `body` with the address of working memory, which is taken back when it returns or throws. */
  lend(byteLength: number, body: (pointer: number) => void): void {
    const buffer = this.reserve(byteLength);
    try {
      body(buffer.pointer);
    } finally {
      this.recycle(buffer);
    }
  }

  report(): MemoryReport {
    const { counts } = this.#ledger;
    const gapBytes = this.#gaps.reduce((sum, { capacity }) => sum + capacity, 0);
    return { ...counts, pooledBytes: counts.pooledBytes + gapBytes };
  }

  #extend(capacity: number): WasmBuffer | null {
    if (!this.#memory.reserve(this.#end + capacity)) return null;
    const buffer = { pointer: this.#end, capacity, byteLength: 0 };
    this.#end += capacity;
    return buffer;
  }

  /** Joins everything free into gaps, and cuts from them. */
  #compact(capacity: number): WasmBuffer | null {
    const pieces = [...this.#gaps, ...evict(this.#ledger, 0)].sort((a, b) => a.pointer - b.pointer);
    this.#gaps = [];
    for (const { pointer, capacity: size } of pieces) {
      const last = this.#gaps.at(-1);
      if (last !== undefined && last.pointer + last.capacity === pointer) {
        this.#gaps[this.#gaps.length - 1] = { pointer: last.pointer, capacity: last.capacity + size };
      } else {
        this.#gaps.push({ pointer, capacity: size });
      }
    }
    const last = this.#gaps.at(-1);
    if (last !== undefined && last.pointer + last.capacity === this.#end) {
      this.#gaps.pop();
      this.#end = last.pointer;
    }
    return this.#cut(capacity) ?? this.#extend(capacity);
  }

  #cut(capacity: number): WasmBuffer | null {
    const at = this.#gaps.findIndex((gap) => gap.capacity >= capacity);
    if (at < 0) return null;
    const gap = this.#gaps[at] as Gap;
    const rest = gap.capacity - capacity;
    this.#gaps.splice(at, 1, ...(rest > 0 ? [{ pointer: gap.pointer + capacity, capacity: rest }] : []));
    return { pointer: gap.pointer, capacity, byteLength: 0 };
  }

  #exhausted(byteLength: number): BackendError {
    const { limit } = this.#memory;
    return new BackendError(
      `wasm: no room for ${byteLength} bytes: ${this.#ledger.counts.liveBytes - this.#outsideBytes} of at most ${limit} bytes are in use; ` +
        'dispose tensors, or raise maxMemory',
    );
  }
}
