import { DTypeError } from './errors.ts';

/**
 * Element types. int64 is no dtype of its own: 64-bit integers are accepted at the borders and become int32
 * (see `int64.ts`). float16 and bfloat16 are held as their 16-bit patterns.
 */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int32' | 'uint32' | 'uint8' | 'int8' | 'bool';

/** Promotion goes by category first: bool < integer < float. */
export type Category = 'bool' | 'integer' | 'float';

/** The typed arrays that a backend's host memory uses. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;

type TypedArrayConstructor = {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

interface DTypeInfo {
  readonly category: Category;
  /** Typed array of the dtype's memory: bool takes 4 bytes, so that bytes mean the same on every backend. */
  readonly array: TypedArrayConstructor;
  readonly itemSize: number;
}

const info = (category: Category, array: TypedArrayConstructor): DTypeInfo => ({
  category,
  array,
  itemSize: array.BYTES_PER_ELEMENT,
});

const table: Readonly<Record<DType, DTypeInfo>> = {
  float32: info('float', Float32Array),
  float64: info('float', Float64Array),
  float16: info('float', Uint16Array),
  bfloat16: info('float', Uint16Array),
  int32: info('integer', Int32Array),
  uint32: info('integer', Uint32Array),
  uint8: info('integer', Uint8Array),
  int8: info('integer', Int8Array),
  bool: info('bool', Int32Array),
};

/** Every dtype, in no order that matters. */
export const dtypes: readonly DType[] = Object.keys(table) as DType[];

export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(table, name);
}

/** Bytes of one element in a backend's memory. */
export function itemSize(dtype: DType): number {
  return table[dtype].itemSize;
}

export function categoryOf(dtype: DType): Category {
  return table[dtype].category;
}

export function isFloat(dtype: DType): boolean {
  return table[dtype].category === 'float';
}

/** Integers and bool. */
export function isIntegral(dtype: DType): boolean {
  return table[dtype].category !== 'float';
}

/** float16 and bfloat16: 16-bit patterns that a host has to decode. */
export function isHalf(dtype: DType): dtype is 'float16' | 'bfloat16' {
  return dtype === 'float16' || dtype === 'bfloat16';
}

/** A zeroed typed array that holds `length` elements of `dtype` as a backend's memory does. */
export function allocateArray(dtype: DType, length: number): TypedArray {
  return new table[dtype].array(length);
}

/** The typed array of `dtype` over existing memory; `byteOffset` must be a multiple of the item size. */
export function viewArray(dtype: DType, buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray {
  return new table[dtype].array(buffer, byteOffset, length);
}

interface Limits {
  readonly min: number;
  readonly max: number;
  readonly epsilon: number;
}

const limits: Readonly<Record<DType, Limits>> = {
  float32: { min: -3.4028234663852886e38, max: 3.4028234663852886e38, epsilon: 2 ** -23 },
  float64: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, epsilon: Number.EPSILON },
  float16: { min: -65504, max: 65504, epsilon: 2 ** -10 },
  bfloat16: { min: -3.3895313892515355e38, max: 3.3895313892515355e38, epsilon: 2 ** -7 },
  int32: { min: -2147483648, max: 2147483647, epsilon: 1 },
  uint32: { min: 0, max: 4294967295, epsilon: 1 },
  uint8: { min: 0, max: 255, epsilon: 1 },
  int8: { min: -128, max: 127, epsilon: 1 },
  bool: { min: 0, max: 1, epsilon: 1 },
};

/** Smallest and largest finite value, and the distance from 1 to the next value (1 for integers). */
export function limitsOf(dtype: DType): Limits {
  return limits[dtype];
}

/** Throws a DTypeError unless `name` is a dtype. */
export function assertDType(name: unknown): asserts name is DType {
  if (!isDType(name)) throw new DTypeError(`unknown dtype ${String(name)}; the dtypes are ${dtypes.join(', ')}`);
}
