import { type DType, type TypedArray, viewArray } from '@gradus/storage';

/** Memory of a host backend: one ArrayBuffer, seen as any dtype's typed array. */
export class HostBuffer {
  readonly bytes: ArrayBuffer;
  readonly byteLength: number;
  #arrays: Partial<Record<DType, TypedArray>> = {};

  /** `byteLength` is what was asked for; `bytes` is a multiple of 8 long, so that every dtype can view all of it. */
  constructor(bytes: ArrayBuffer, byteLength: number) {
    this.bytes = bytes;
    this.byteLength = byteLength;
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
