import type { WasmBuffer } from './buffer.ts';

/** What a finalizer knows of a tensor's memory: not the handle, which may hold what was moved out. */
export interface Place {
  /** Null once it was moved out or released. */
  buffer: WasmBuffer | null;
  readonly byteLength: number;
}

/** The memory of a tensor: the backend's handle. */
export interface TensorBuffer {
  readonly place: Place;
  /** Address of its first byte; means nothing while it is moved out. */
  pointer: number;
  /** Its content while it is moved out. */
  bytes: Uint8Array | null;
}
