import { type DType, isFloat } from '@gradus/storage';

/** The WGSL type in which elements of a dtype are computed with. */
export type ValueType = 'f32' | 'i32' | 'u32' | 'bool';

export function valueType(dtype: DType): ValueType {
  if (isFloat(dtype)) return 'f32';
  if (dtype === 'bool') return 'bool';
  return dtype === 'uint32' || dtype === 'uint8' ? 'u32' : 'i32';
}

/** Bits of an element in memory, where several share a word; null for dtypes of whole words. */
export function packedBits(dtype: DType): 8 | 16 | null {
  if (dtype === 'float16' || dtype === 'bfloat16') return 16;
  return dtype === 'uint8' || dtype === 'int8' ? 8 : null;
}

/** The type of a whole word in memory: bool is kept as u32. */
export function wordType(dtype: DType): 'f32' | 'i32' | 'u32' {
  const type = valueType(dtype);
  return type === 'bool' || packedBits(dtype) !== null ? 'u32' : type;
}

/** The dtype of whole words in which what was folded of a dtype is kept. */
export function foldType(dtype: DType): DType {
  const type = valueType(dtype);
  if (type === 'f32') return 'float32';
  if (type === 'bool') return 'bool';
  return type === 'u32' ? 'uint32' : 'int32';
}

/** A number as a WGSL literal of a type. */
export function literal(value: number, type: ValueType): string {
  switch (type) {
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'u32':
      return `${value}u`;
    case 'i32':
      return value === -2147483648 ? 'i32(-2147483648)' : `i32(${value})`;
    case 'f32':
      return floatLiteral(Math.fround(value));
  }
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return 'nan()';
  if (!Number.isFinite(value)) return value > 0 ? 'inf()' : '(-inf())';
  if (value === 0) return Object.is(value, -0) ? 'negativeZero()' : '0f';
  // By its bits: subnormals as literals may be lost.
  return Math.abs(value) < 1.1754943508222875e-38 ? `bitcast<f32>(${bitsOf(value)}u)` : `(${value}f)`;
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

function bitsOf(value: number): number {
  float[0] = value;
  return word[0] as number;
}
