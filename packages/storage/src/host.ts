import { allocateArray, type DType, isHalf, type TypedArray, viewArray } from './dtype.ts';
import { DTypeError, formatShape, ShapeError } from './errors.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';
import { int32FromInt64 } from './int64.ts';
import type { Shape } from './shape.ts';
import { sizeOf } from './shape.ts';

/** Numbers nested in arrays, as `[[1, 2], [3, 4]]`; a bare number is a scalar. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What a tensor can be made from. */
export type HostData = NestedArray | TypedArray | Uint8ClampedArray | BigInt64Array | BigUint64Array;

/** Values in row-major order with their shape and natural dtype. */
export interface FlatData {
  readonly values: ArrayLike<number | boolean>;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Flattens host data. Plain arrays give float32 (bool where all values are booleans); typed arrays keep their dtype. */
export function flatten(op: string, data: HostData): FlatData {
  if (ArrayBuffer.isView(data)) return flattenTyped(op, data);
  const shape: number[] = [];
  for (let level: NestedArray = data; typeof level === 'object'; level = level[0] as NestedArray) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values: (number | boolean)[] = [];
  collect(op, data, shape, 0, values);
  const isBool = values.length > 0 && values.every((value) => typeof value === 'boolean');
  return { values, shape, dtype: isBool ? 'bool' : 'float32' };
}

function collect(op: string, data: NestedArray, shape: Shape, depth: number, into: (number | boolean)[]): void {
  if (depth === shape.length) {
    if (typeof data !== 'number' && typeof data !== 'boolean') {
      throw new ShapeError(`${op}: expected a number at depth ${depth} of the nested array, got ${describe(data)}`);
    }
    into.push(data);
    return;
  }
  if (typeof data !== 'object' || data.length !== shape[depth]) {
    const got = typeof data === 'object' ? `${data.length} elements` : describe(data);
    throw new ShapeError(`${op}: ragged nested array: expected ${shape[depth]} elements at depth ${depth}, got ${got}`);
  }
  for (const part of data) collect(op, part, shape, depth + 1, into);
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : String(value);
}

function flattenTyped(op: string, data: ArrayBufferView): FlatData {
  const flat = (values: ArrayLike<number>, dtype: DType): FlatData => ({ values, shape: [values.length], dtype });
  if (data instanceof Float32Array) return flat(data, 'float32');
  if (data instanceof Float64Array) return flat(data, 'float64');
  if (data instanceof Int32Array || data instanceof Uint16Array) return flat(data, 'int32');
  if (data instanceof Uint32Array) return flat(data, 'uint32');
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return flat(data, 'uint8');
  if (data instanceof Int8Array) return flat(data, 'int8');
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return flat(int32FromInt64(data), 'int32');
  throw new DTypeError(
    `${op}: no dtype stands for ${data.constructor.name}; convert it to a Float32Array or Int32Array`,
  );
}

/** Values as the memory of `dtype` holds them: rounded, wrapped or truncated as PyTorch's casts do. */
export function encode(values: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  const result = allocateArray(dtype, values.length);
  const store = encoderOf(dtype);
  for (let i = 0; i < values.length; i++) result[i] = store(Number(values[i]));
  return result;
}

/** One number as it is put into the typed array of `dtype` (whose own conversion does the rest). */
export function encoderOf(dtype: DType): (value: number) => number {
  if (dtype === 'bool') return (value) => (value === 0 ? 0 : 1);
  if (dtype === 'float16') return toFloat16;
  if (dtype === 'bfloat16') return toBfloat16;
  return (value) => value;
}

/** One element of the typed array of `dtype` as a number. */
export function decoderOf(dtype: DType): (stored: number) => number {
  if (dtype === 'float16') return fromFloat16;
  if (dtype === 'bfloat16') return fromBfloat16;
  return (stored) => stored;
}

/** A backend's bytes as numbers in a typed array of their own: halves become float32, bool becomes Uint8Array of 0/1. */
export function decode(bytes: Uint8Array, dtype: DType): TypedArray {
  const aligned = bytes.slice();
  const stored = viewArray(dtype, aligned.buffer);
  if (dtype === 'bool') return Uint8Array.from(stored);
  if (!isHalf(dtype)) return stored;
  const decoded = decoderOf(dtype);
  return Float32Array.from(stored, (pattern) => decoded(pattern));
}

/** Row-major values as nested arrays; a scalar gives a bare value. */
export function nest<T>(values: ArrayLike<T>, shape: Shape): T | unknown[] {
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(`nest: ${values.length} values don't fill ${formatShape(shape)}`);
  }
  let next = 0;
  const build = (depth: number): T | unknown[] =>
    depth === shape.length
      ? (values[next++] as T)
      : Array.from({ length: shape[depth] as number }, () => build(depth + 1));
  return build(0);
}
