import { type DType, type TypedArray, viewArray } from '@gradus/storage';

/** Memory of a host backend: one ArrayBuffer, seen as any dtype's typed array. */
export class HostBuffer {
  /** A multiple of 8 long, so that every dtype can view all of it. */
  readonly bytes: ArrayBuffer;
  /** What was asked for. */
  byteLength = 0;
  #arrays: Partial<Record<DType, TypedArray>> = {};

  constructor(bytes: ArrayBuffer) {
    this.bytes = bytes;
  }

  array(dtype: DType): TypedArray {
    let array = this.#arrays[dtype];
    if (array === undefined) {
      array = viewArray(dtype, this.bytes);
      this.#arrays[dtype] = array;
    }
    return array;
  }
}
