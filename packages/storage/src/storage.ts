import type { DType } from './dtype.ts';
import { DisposedError } from './errors.ts';
import type { Layout } from './layout.ts';

/** Whoever allocated a buffer and takes it back: a backend, seen from below. */
export interface MemoryOwner {
  readonly name: string;
  release(handle: unknown): void;
}

/**
 * A buffer owned by one backend. Tensors that are views of each other share one storage; it counts them (`retain`,
 * `release`) and gives the buffer back with the last. `version` counts in-place writes.
 */
export class Storage<Owner extends MemoryOwner = MemoryOwner> {
  readonly owner: Owner;
  readonly byteLength: number;
  version = 0;
  #handle: unknown;
  #references = 1;

  constructor(owner: Owner, handle: unknown, byteLength: number) {
    this.owner = owner;
    this.#handle = handle;
    this.byteLength = byteLength;
  }

  /** The backend's own name for the buffer. Throws a DisposedError once it was given back. */
  get handle(): unknown {
    if (this.#references === 0) {
      throw new DisposedError(`this tensor's memory (${this.byteLength} bytes on ${this.owner.name}) was disposed`);
    }
    return this.#handle;
  }

  get references(): number {
    return this.#references;
  }

  retain(): void {
    if (this.#references === 0) void this.handle;
    this.#references++;
  }

  /** Drops one reference; with the last the buffer goes back to its owner. Returns whether it did. */
  release(): boolean {
    if (this.#references === 0 || --this.#references > 0) return false;
    this.owner.release(this.#handle);
    return true;
  }
}

/** Elements of one dtype in a storage: what a kernel reads and writes. A tensor is one. */
export interface View<Owner extends MemoryOwner = MemoryOwner> {
  readonly storage: Storage<Owner>;
  readonly layout: Layout;
  readonly dtype: DType;
}
