import type { Backend, View } from '@gradus/backend';
import { itemSize, Layout, Storage } from '@gradus/storage';
import type { Allocator } from './memory/allocator.ts';
import type { WasmBuffer } from './memory/buffer.ts';
import type { LinearMemory } from './memory/linear-memory.ts';

/** 0, 1, 2, ... in linear memory, grown by doubling and kept: what stands for the coordinates of a launch. */
export class CoordinateMemory {
  readonly #owner: Backend;
  readonly #memory: LinearMemory;
  readonly #allocator: Allocator;
  #length = 0;
  #buffer: WasmBuffer | null = null;
  #storage: Storage<Backend> | null = null;

  constructor(owner: Backend, memory: LinearMemory, allocator: Allocator) {
    this.#owner = owner;
    this.#memory = memory;
    this.#allocator = allocator;
  }

  /** The views that count along `axes` of an iteration space. */
  views(shape: readonly number[], axes: readonly number[]): readonly View[] {
    const storage = this.#upTo(Math.max(...axes.map((axis) => shape[axis] ?? 0)));
    return axes.map((axis) => {
      const strides = shape.map((_, i) => (i === axis ? 1 : 0));
      return { storage, layout: new Layout(shape, strides), dtype: 'int32' };
    });
  }

  #upTo(length: number): Storage<Backend> {
    if (this.#storage === null || this.#length < length) {
      this.#length = Math.max(length, 2 * this.#length, 64);
      const byteLength = this.#length * itemSize('int32');
      if (this.#buffer !== null) this.#allocator.recycle(this.#buffer);
      this.#buffer = this.#allocator.reserve(byteLength);
      const { pointer } = this.#buffer;
      const numbers = this.#memory.array('int32');
      for (let i = 0; i < this.#length; i++) numbers[pointer / 4 + i] = i;
      this.#storage = new Storage(this.#owner, this.#buffer, byteLength);
    }
    return this.#storage;
  }
}
