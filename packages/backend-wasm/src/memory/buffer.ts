/** A piece of linear memory. */
export interface WasmBuffer {
  /** Address of its first byte, a multiple of 16. */
  readonly pointer: number;
  /** Bytes reserved: those of its size class. */
  readonly capacity: number;
  /** Bytes asked for. */
  byteLength: number;
}
