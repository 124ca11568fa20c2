import { type DType, decode, int32FromInt64, viewArray } from '@gradus/storage';

/** What a file's element type is here. */
export interface FileDType {
  /** Bytes per element in the file. */
  readonly bytes: number;
  /** The tensor's dtype. */
  readonly dtype: DType;
  /** Values of an element type, from bytes that start at a buffer's first byte. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>;
}

/** The file's name for each dtype. */
export const fileDTypeNames: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  uint32: 'U32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

const plain = (dtype: DType, bytes: number): FileDType => ({
  bytes,
  dtype,
  read: (file) => viewArray(dtype, file.buffer),
});

const half = (dtype: 'float16' | 'bfloat16'): FileDType => ({ bytes: 2, dtype, read: (file) => decode(file, dtype) });

const integer = (bytes: number, read: FileDType['read']): FileDType => ({ bytes, dtype: 'int32', read });

/** Every element type that can be read; integers without a dtype of their own become int32. */
export const fileDTypes: ReadonlyMap<string, FileDType> = new Map([
  ['F64', plain('float64', 8)],
  ['F32', plain('float32', 4)],
  ['F16', half('float16')],
  ['BF16', half('bfloat16')],
  ['I64', integer(8, (file) => int32FromInt64(new BigInt64Array(file.buffer)))],
  ['U64', integer(8, (file) => int32FromInt64(new BigUint64Array(file.buffer)))],
  ['I32', plain('int32', 4)],
  ['U32', plain('uint32', 4)],
  ['I16', integer(2, (file) => new Int16Array(file.buffer))],
  ['U16', integer(2, (file) => new Uint16Array(file.buffer))],
  ['I8', plain('int8', 1)],
  ['U8', plain('uint8', 1)],
  ['BOOL', { bytes: 1, dtype: 'bool', read: (file) => file }],
]);
