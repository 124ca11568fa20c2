import type { TypedArray } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';

/**
 * What a checkpoint holds: plain nested data with tensors in it. What comes back is equal to the bit: NaN, -0 and bigints
 * survive, typed arrays keep their type, Maps their order.
 */
export type CheckpointValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | TypedArray
  | readonly CheckpointValue[]
  | ReadonlyMap<string | number, CheckpointValue>
  | { readonly [name: string]: CheckpointValue };

/** The same, as it is read: arrays, objects, Maps and tensors of one's own. */
export type CheckpointState = { [name: string]: CheckpointValue };

/** Typed arrays by the name that the file gives their type. */
export const typedArrays: Readonly<Record<string, new (buffer: ArrayBuffer) => TypedArray>> = {
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Uint16Array,
  Uint8Array,
  Int8Array,
};
