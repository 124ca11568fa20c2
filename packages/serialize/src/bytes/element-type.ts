import { type DType, encode, int32FromInt64, isHalf, itemSize, type Shape, type TypedArray } from '@gradus/storage';
import { type BackendRef, data, empty, fromValues, type Tensor } from '@gradus/tensor';

/** How files call what they hold: the letter of the kind and the bits. */
export type ElementName =
  | 'f64'
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'i64'
  | 'u64'
  | 'i32'
  | 'u32'
  | 'i16'
  | 'u16'
  | 'i8'
  | 'u8'
  | 'bool';

/** What a file's element type is here. */
export interface ElementType {
  readonly name: ElementName;
  /** Bytes per element in the file. */
  readonly bytes: number;
  /** The tensor's dtype. */
  readonly dtype: DType;
  /** Values from little-endian bytes that start at a buffer's first byte; null where memory holds the same bytes. */
  readonly read: ((bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>) | null;
}

const same = (name: ElementName, dtype: DType): ElementType => ({ name, bytes: itemSize(dtype), dtype, read: null });

const converted = (
  name: ElementName,
  bytes: number,
  dtype: DType,
  read: (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>,
): ElementType => ({ name, bytes, dtype, read });

/** Every element type that can be read; integers without a dtype of their own become int32. */
export const elementTypes: Readonly<Record<ElementName, ElementType>> = {
  f64: same('f64', 'float64'),
  f32: same('f32', 'float32'),
  f16: same('f16', 'float16'),
  bf16: same('bf16', 'bfloat16'),
  i64: converted('i64', 8, 'int32', (file) => int32FromInt64(new BigInt64Array(file.buffer))),
  u64: converted('u64', 8, 'int32', (file) => int32FromInt64(new BigUint64Array(file.buffer))),
  i32: same('i32', 'int32'),
  u32: same('u32', 'uint32'),
  i16: converted('i16', 2, 'int32', (file) => new Int16Array(file.buffer)),
  u16: converted('u16', 2, 'int32', (file) => new Uint16Array(file.buffer)),
  i8: same('i8', 'int8'),
  u8: same('u8', 'uint8'),
  bool: converted('bool', 1, 'bool', (file) => file),
};

/** The element type that each dtype is written as. */
export const elementNames: Readonly<Record<DType, ElementName>> = {
  float64: 'f64',
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  int32: 'i32',
  uint32: 'u32',
  int8: 'i8',
  uint8: 'u8',
  bool: 'bool',
};

/** A tensor of a file's little-endian bytes, to the bit. Throws a DTypeError for 64-bit integers that don't fit int32. */
export function tensorFromBytes(
  bytes: Uint8Array,
  element: ElementType,
  shape: Shape,
  options: { readonly backend?: BackendRef | undefined } = {},
): Tensor {
  const target = { dtype: element.dtype, ...(options.backend === undefined ? {} : { backend: options.backend }) };
  if (element.read !== null) return fromValues(element.read(new Uint8Array(bytes)), shape, target);
  const result = empty(shape, target);
  if (result.size > 0) result.backend.upload(result.storage.handle, 0, bytes);
  return result;
}

/** A tensor's values as files hold them: row-major, little endian, bool in one byte. Waits for the device. */
export async function bytesOf(x: Tensor): Promise<Uint8Array> {
  if (x.size === 0) return new Uint8Array(0);
  if (x.dtype === 'bool' || !x.layout.isContiguous) return fileBytes(await data(x), x.dtype);
  const item = itemSize(x.dtype);
  return await x.backend.download(x.storage.handle, x.layout.offset * item, x.size * item);
}

/** Decoded values as files hold them. */
function fileBytes(values: TypedArray, dtype: DType): Uint8Array {
  const stored = isHalf(dtype) ? encode(values, dtype) : values;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** A copy with the bytes of every element in reverse order: the other endianness. */
export function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += width) {
    for (let k = 0; k < width; k++) swapped[i + k] = bytes[i + width - 1 - k] as number;
  }
  return swapped;
}
