import type { Kernel, View } from '@gradus/backend';
import type { Allocator } from './allocator.ts';
import type { LinearMemory } from './linear-memory.ts';
import type { Place, TensorBuffer } from './tensor-buffer.ts';

/**
 * The memory of tensors. What nobody can reach any more comes back by finalizers, but they have to wait for the program to
 * return to its event loop. So where much has piled up, all tensors are moved out of linear memory, to arrays that only
 * their handles hold: those of tensors that are gone are collected as any object is, at once. A tensor comes back when a
 * kernel needs it. (A copying collector, whose other half is the JavaScript heap.)
 */
export class TensorMemory {
  readonly #memory: LinearMemory;
  readonly #allocator: Allocator;
  readonly #collectAbove: number;
  /** Tensors in linear memory, and some that were released since. */
  #inside: TensorBuffer[] = [];
  #insideCount = 0;
  #insideBytes = 0;
  #outsideCount = 0;
  /** What came back since all were moved out: so much is in use for certain. */
  #returnedBytes = 0;
  /** Kernels at work, which know addresses. */
  #launches = 0;

  /** `collectAbove`: bytes in linear memory from which on tensors are moved out, unless more are known to be in use. */
  constructor(memory: LinearMemory, allocator: Allocator, collectAbove: number) {
    this.#memory = memory;
    this.#allocator = allocator;
    this.#collectAbove = collectAbove;
  }

  /** Throws a BackendError when the memory's limit is reached. */
  allocate(byteLength: number): TensorBuffer {
    const grown = this.#insideBytes - this.#returnedBytes;
    if (grown > this.#collectAbove && grown > this.#returnedBytes) this.#moveOut();
    const buffer = this.#withRoom(() => this.#allocator.allocate(byteLength));
    const handle = { place: { buffer, byteLength }, pointer: buffer.pointer, bytes: null };
    this.#enter(handle);
    return handle;
  }

  release(handle: TensorBuffer): void {
    handle.bytes = null;
    this.#free(handle.place);
  }

  /** What releases the memory of a handle that is gone. */
  finalizer({ place }: TensorBuffer): () => void {
    return () => this.#free(place);
  }

  /** The content, to be read or written before anything else happens. */
  bytes({ bytes, pointer, place }: TensorBuffer): Uint8Array {
    return bytes ?? this.#memory.bytes(pointer, place.byteLength);
  }

  /** Runs `body` with all operands of a kernel in linear memory, where nothing moves meanwhile. */
  launch(kernel: Kernel, body: (kernel: Kernel) => void): void {
    if (this.#outsideCount > 0 && this.#launches === 0) this.#moveInAll(kernel);
    this.#launches++;
    try {
      body(kernel);
    } finally {
      this.#launches--;
    }
  }

  #moveInAll(kernel: Kernel): void {
    this.#withRoom(() => forEachView(kernel, ({ storage }) => this.#moveIn(storage.handle as TensorBuffer)));
  }

  /** Where the limit stands in the way, tries once more with all tensors moved out. */
  #withRoom<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (this.#launches > 0 || this.#insideCount === 0) throw error;
      this.#moveOut();
      return body();
    }
  }

  #moveIn(handle: TensorBuffer): void {
    const { bytes, place } = handle;
    if (bytes === null) return;
    const buffer = this.#allocator.moveIn(place.byteLength);
    this.#memory.bytes(buffer.pointer, place.byteLength).set(bytes);
    handle.bytes = null;
    handle.pointer = buffer.pointer;
    place.buffer = buffer;
    this.#outsideCount--;
    this.#returnedBytes += place.byteLength;
    this.#enter(handle);
  }

  #moveOut(): void {
    if (this.#launches > 0) return;
    for (const handle of this.#inside) {
      const { place, pointer } = handle;
      if (place.buffer === null) continue;
      handle.bytes = this.#memory.bytes(pointer, place.byteLength).slice();
      this.#allocator.moveOut(place.buffer);
      place.buffer = null;
      this.#outsideCount++;
    }
    this.#inside = [];
    this.#insideCount = 0;
    this.#insideBytes = 0;
    this.#returnedBytes = 0;
  }

  #enter(handle: TensorBuffer): void {
    this.#inside.push(handle);
    this.#insideCount++;
    this.#insideBytes += handle.place.byteLength;
    // Most were released one by one: forget them.
    if (this.#inside.length > 2 * this.#insideCount + 1024) {
      this.#inside = this.#inside.filter(({ place }) => place.buffer !== null);
    }
  }

  #free(place: Place): void {
    if (place.buffer === null) {
      this.#outsideCount--;
      this.#allocator.releaseOutside(place.byteLength);
      return;
    }
    this.#insideCount--;
    this.#insideBytes -= place.byteLength;
    this.#allocator.release(place.buffer);
    place.buffer = null;
  }
}

function forEachView(kernel: Kernel, visit: (view: View) => void): void {
  for (const value of Object.values(kernel)) {
    for (const item of Array.isArray(value) ? value : [value]) if (isView(item)) visit(item);
  }
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && 'storage' in value;
}
