import { type DType, itemSize } from '@gradus/storage';
import { type Code, i8x16, i16x8, i32, i32x4, v128, when } from '../assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';
import { kindOf, LANES, type Value, vector } from './value.ts';

// Reading and writing four elements. Addresses are used more than once: they are locals, or sums of them.

/** Numbers as they stand in memory, in the four lanes, as the dtype's values. */
function decoded(emitter: Emitter, dtype: DType, stored: Code): Value {
  if (dtype === 'float16') return vector('f32', fromFloat16(emitter, stored));
  if (dtype === 'bfloat16') return vector('f32', fromBfloat16(emitter, stored));
  if (dtype === 'bool') return vector('mask', i32x4.ne(stored, emitter.fn.i32(0)));
  return vector(kindOf(dtype) as 'f32' | 'i32', stored);
}

/** Four neighbours in memory. What lies behind the last element may be read too. */
export function loadUnit(emitter: Emitter, dtype: DType, address: Code): Value {
  if (dtype === 'float64') return { kind: 'f64', parts: [v128.load(address), v128.load(address, 16)] };
  if (itemSize(dtype) === 4) return decoded(emitter, dtype, v128.load(address));
  if (itemSize(dtype) === 2) return decoded(emitter, dtype, v128.load16x4U(address));
  const bytes = v128.load32Zero(address);
  const isSigned = dtype === 'int8';
  const words = isSigned ? i16x8.extendLowI8x16S(bytes) : i16x8.extendLowI8x16U(bytes);
  return vector('i32', isSigned ? i32x4.extendLowI16x8S(words) : i32x4.extendLowI16x8U(words));
}

/** One element in all lanes. */
export function loadSplat(emitter: Emitter, dtype: DType, address: Code): Value {
  if (dtype === 'float64') return { kind: 'f64', parts: [v128.load64Splat(address), v128.load64Splat(address)] };
  if (itemSize(dtype) === 4) return decoded(emitter, dtype, v128.load32Splat(address));
  return decoded(emitter, dtype, i32x4.splat(loadSmall(dtype, address)));
}

/** An element of 1 or 2 bytes as i32. */
function loadSmall(dtype: DType, address: Code): Code {
  if (itemSize(dtype) === 2) return i32.load16U(address);
  return dtype === 'int8' ? i32.load8S(address) : i32.load8U(address);
}

/** Four elements at `address` and so many bytes behind it. */
export function loadStrided(emitter: Emitter, dtype: DType, address: Code, behind: readonly Code[]): Value {
  const at = behind.map((offset) => i32.add(address, offset)) as [Code, Code, Code];
  if (dtype === 'float64') {
    const low = v128.load64Lane(at[0], v128.load64Zero(address), 1);
    return { kind: 'f64', parts: [low, v128.load64Lane(at[2], v128.load64Zero(at[1]), 1)] };
  }
  const first = itemSize(dtype) === 4 ? v128.load32Zero(address) : i32x4.splat(loadSmall(dtype, address));
  const stored = at.reduce<Code>((sum, place, i) => {
    if (itemSize(dtype) === 4) return v128.load32Lane(place, sum, i + 1);
    return i32x4.replace(sum, i + 1, loadSmall(dtype, place));
  }, first);
  return decoded(emitter, dtype, stored);
}

/** A value as its dtype stands in memory, one or two vectors, in locals. */
export function encoded(emitter: Emitter, dtype: DType, value: Value): readonly Code[] {
  const { fn } = emitter;
  const [x] = value.parts as [Code];
  if (dtype === 'float16') return [fn.let(toFloat16(emitter, x))];
  if (dtype === 'bfloat16') return [fn.let(toBfloat16(emitter, x))];
  if (dtype === 'bool') return [fn.let(v128.and(x, fn.i32(1)))];
  return value.parts.map((part) => fn.let(part));
}

/** Stores all four elements next to each other. */
export function storeUnit({ fn }: Emitter, dtype: DType, address: Code, stored: readonly Code[]): Code {
  const [x] = stored as [Code];
  if (itemSize(dtype) >= 4) return stored.map((part, i) => v128.store(address, part, 16 * i));
  if (itemSize(dtype) === 2) return v128.store64Lane(address, i16x8.narrowI32x4U(x, x), 0);
  const words = i16x8.narrowI32x4U(v128.and(x, fn.i32(0xff)), fn.i32(0));
  return v128.store32Lane(address, i8x16.narrowI16x8U(words, words), 0);
}

/** Stores the first elements, as many as `count` (at least 1) says, each so many bytes behind `address`. */
export function storeLanes(
  dtype: DType,
  address: Code,
  behind: readonly Code[],
  stored: readonly Code[],
  count: Code,
): Code {
  let rest: Code = [];
  for (let lane = LANES - 1; lane >= 0; lane--) {
    const at = lane === 0 ? address : i32.add(address, behind[lane - 1] as Code);
    const store = storeLane(dtype, at, stored, lane);
    rest = lane === 0 ? [store, rest] : when(i32.gtS(count, i32.const(lane)), [store, rest]);
  }
  return rest;
}

/** Stores the element of one lane. */
export function storeLane(dtype: DType, address: Code, stored: readonly Code[], lane: number): Code {
  const size = itemSize(dtype);
  if (size === 8) return v128.store64Lane(address, stored[lane >> 1] as Code, lane & 1);
  const [x] = stored as [Code];
  if (size === 4) return v128.store32Lane(address, x, lane);
  return size === 2 ? v128.store16Lane(address, x, 2 * lane) : v128.store8Lane(address, x, 4 * lane);
}

/** Bytes from an element to the next three of its dtype. */
export function neighbours(dtype: DType): readonly Code[] {
  return [1, 2, 3].map((lane) => i32.const(lane * itemSize(dtype)));
}
