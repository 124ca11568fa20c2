import { DTypeError } from './errors.ts';

const min = -(2n ** 31n);
const max = 2n ** 31n - 1n;

/** 64-bit integers from a file or a BigInt64Array as int32; a value outside int32 is an error, never wrapped. */
export function int32FromInt64(values: BigInt64Array | BigUint64Array): Int32Array {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as bigint;
    if (value < min || value > max) {
      throw new DTypeError(`int64 value ${value} at element ${i} does not fit int32, the integer dtype of tensors`);
    }
    result[i] = Number(value);
  }
  return result;
}

/** int32 values as 64-bit integers, for files whose format asks for int64. */
export function int64FromInt32(values: Int32Array): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}
