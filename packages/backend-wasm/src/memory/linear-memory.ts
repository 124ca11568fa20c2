import { type DType, type TypedArray, viewArray } from '@gradus/storage';

const PAGE = 65536;

/** The most that 32-bit addresses reach; the last page stays free, so that no end of a buffer wraps to 0. */
export const MAX_BYTES: number = 2 ** 32 - PAGE;

/** Bytes behind the last buffer that kernels may read (and ignore): they load whole vectors. */
const GUARD = 256;

/** Grown by at least this much, so that growing stays rare. */
const STEP = 16 * 1024 * 1024;

/**
 * The one WebAssembly.Memory of a backend and typed arrays over all of it. Growing detaches old arrays, or
 * leaves them short where the memory is shared, so nobody keeps one: they are asked for here, launch by launch.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  /** Bytes that it may have at most. */
  readonly limit: number;
  readonly isShared: boolean;
  #arrays: Partial<Record<DType, TypedArray>> = {};

  /** `shared`: whether several threads may work on it, where the engine has room for such a memory. */
  constructor(limit: number, shared: boolean) {
    this.limit = Math.min(Math.floor(limit / PAGE) * PAGE, MAX_BYTES);
    const size = { initial: 1, maximum: this.limit / PAGE };
    this.memory = (shared ? sharedMemory(size) : null) ?? new WebAssembly.Memory(size);
    this.isShared = !(this.memory.buffer instanceof ArrayBuffer);
  }

  /** Makes all bytes up to `end` exist; false where the limit, or the machine's memory, doesn't allow it. */
  reserve(end: number): boolean {
    const missing = end + GUARD - this.memory.buffer.byteLength;
    if (missing <= 0) return true;
    const room = this.limit - this.memory.buffer.byteLength;
    if (missing > room) return false;
    return this.#grow(Math.min(Math.max(missing, STEP), room)) || this.#grow(missing);
  }

  #grow(bytes: number): boolean {
    try {
      this.memory.grow(Math.ceil(bytes / PAGE));
    } catch {
      return false;
    }
    this.#arrays = {};
    return true;
  }

  /** All of the memory as elements of a dtype. Not to be kept. */
  array(dtype: DType): TypedArray {
    let array = this.#arrays[dtype];
    if (array === undefined) {
      array = viewArray(dtype, this.memory.buffer);
      this.#arrays[dtype] = array;
    }
    return array;
  }

  bytes(pointer: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, byteLength);
  }
}

/** Memory for several threads, whose address space is set aside at once: null where that fails. */
function sharedMemory(size: { readonly initial: number; readonly maximum: number }): WebAssembly.Memory | null {
  try {
    return new WebAssembly.Memory({ ...size, shared: true });
  } catch {
    return null;
  }
}
