import type { DType } from '@gradus/storage';
import { type ElementType, elementTypes } from '../bytes/element-type.ts';
import { FormatError } from '../format-error.ts';

/** What a header's `descr` says. */
export interface NpyDType {
  readonly element: ElementType;
  readonly bigEndian: boolean;
  /** Two elements are a complex number: they become a trailing axis of size 2, real and imaginary. */
  readonly complex: boolean;
}

const names: ReadonlyMap<string, keyof typeof elementTypes> = new Map([
  ['b1', 'bool'],
  ['?', 'bool'],
  ['f2', 'f16'],
  ['f4', 'f32'],
  ['f8', 'f64'],
  ['c8', 'f32'],
  ['c16', 'f64'],
  ['i1', 'i8'],
  ['i2', 'i16'],
  ['i4', 'i32'],
  ['i8', 'i64'],
  ['u1', 'u8'],
  ['u2', 'u16'],
  ['u4', 'u32'],
  ['u8', 'u64'],
]);

/** NumPy's array-protocol type string, as `<f4`. Objects are refused: they are pickles, which can run code. */
export function parseDescr(descr: unknown): NpyDType {
  const [, order = '', code = ''] = (typeof descr === 'string' && /^([<>=|]?)(.*)$/s.exec(descr)) || [];
  if (code.startsWith('O')) {
    throw new FormatError('npy: an array of Python objects; save it as numbers, with array.astype(numpy.float32)');
  }
  const name = names.get(code);
  if (name === undefined) {
    throw new FormatError(
      `npy: the dtype ${JSON.stringify(descr)} is unknown; known are bool, integers, floats and complex`,
    );
  }
  return { element: elementTypes[name], bigEndian: order === '>', complex: code.startsWith('c') };
}

/** What each dtype is written as; NumPy has no bfloat16, whose values float32 holds exactly. */
export const descrs: Readonly<Record<DType, string>> = {
  float64: '<f8',
  float32: '<f4',
  float16: '<f2',
  bfloat16: '<f4',
  int32: '<i4',
  uint32: '<u4',
  int8: '|i1',
  uint8: '|u1',
  bool: '|b1',
};

/** The dtype whose bytes are written for one. */
export function writtenDType(dtype: DType): DType {
  return dtype === 'bfloat16' ? 'float32' : dtype;
}
