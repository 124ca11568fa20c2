import { type DType, isFloat } from '@gradus/storage';
import { type Code, f32x4, f64x2, i32, i32x4, v128 } from '../assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts';
import { kindOf, mapParts, narrowMask, type Value, vector } from './value.ts';

const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** f32x4 as two f64x2. */
export function promote({ fn }: Emitter, code: Code): Value {
  const x = fn.let(code);
  return { kind: 'f64', parts: [f64x2.promoteLowF32x4(x), f64x2.promoteLowF32x4(v128.shuffle(x, x, HIGH_HALF))] };
}

/** Two f64x2 as f32x4. */
export function demote(parts: readonly Code[]): Code {
  const [low, high] = parts.map((part) => f32x4.demoteF64x2Zero(part)) as [Code, Code];
  return v128.shuffle(low, high, LOW_HALVES);
}

/** i32x4 as two f64x2. */
function widenIntegers({ fn }: Emitter, code: Code, dtype: DType): Value {
  const x = fn.let(code);
  const convert = dtype === 'uint32' ? f64x2.convertLowI32x4U : f64x2.convertLowI32x4S;
  return { kind: 'f64', parts: [convert(x), convert(v128.shuffle(x, x, HIGH_HALF))] };
}

/** Integers as their dtype holds them: modulo 2^bits. */
export function wrapped({ fn }: Emitter, value: Value, dtype: DType): Value {
  if (dtype === 'uint8') return mapParts('i32', [value], (x) => v128.and(x as Code, fn.i32(0xff)));
  if (dtype !== 'int8') return value;
  return mapParts('i32', [value], (x) => i32x4.shrS(i32x4.shl(x as Code, i32.const(24)), i32.const(24)));
}

/** A float rounded to a narrower type than the one that holds it. */
function rounded(emitter: Emitter, value: Value, dtype: DType): Value {
  if (dtype === 'float16') return vector('f32', fromFloat16(emitter, toFloat16(emitter, value.parts[0] as Code)));
  if (dtype === 'bfloat16') return vector('f32', fromBfloat16(emitter, toBfloat16(emitter, value.parts[0] as Code)));
  return value;
}

/** The conversion that a cast means. */
export function converted(emitter: Emitter, value: Value, from: DType, to: DType): Value {
  switch (kindOf(to)) {
    case 'f64':
      return toDouble(emitter, value, from);
    case 'f32':
      return rounded(emitter, toFloat(emitter, value, from), to);
    case 'mask':
      return vector('mask', toMask(emitter, value));
    case 'i32':
      return wrapped(emitter, vector('i32', toInteger(emitter, value, to)), to);
  }
}

function toDouble(emitter: Emitter, value: Value, from: DType): Value {
  if (value.kind === 'f64') return value;
  if (isFloat(from)) return promote(emitter, value.parts[0] as Code);
  return widenIntegers(emitter, toInteger(emitter, value, 'int32'), from);
}

function toFloat(emitter: Emitter, value: Value, from: DType): Value {
  if (value.kind === 'f32') return value;
  if (value.kind === 'f64') return vector('f32', demote(value.parts));
  if (value.kind === 'mask') return vector('f32', v128.and(value.parts[0] as Code, emitter.fn.f32(1)));
  const convert = from === 'uint32' ? f32x4.convertI32x4U : f32x4.convertI32x4S;
  return vector('f32', convert(value.parts[0] as Code));
}

function toMask({ fn }: Emitter, value: Value): Code {
  const [x] = value.parts as [Code];
  if (value.kind === 'mask') return x;
  if (value.kind === 'f32') return f32x4.ne(x, fn.f32(0));
  if (value.kind === 'i32') return i32x4.ne(x, fn.i32(0));
  return narrowMask(value.parts.map((part) => f64x2.ne(part, fn.f64(0))));
}

/** Truncated towards 0. A negative number wraps, as a cast to an unsigned type does in C. */
function toInteger(emitter: Emitter, value: Value, to: DType): Code {
  const { fn } = emitter;
  const [x] = value.parts as [Code];
  if (value.kind === 'i32') return x;
  if (value.kind === 'mask') return v128.and(x, fn.i32(1));
  if (value.kind === 'f32') {
    const held = fn.let(x);
    if (to !== 'uint32') return i32x4.truncF32x4S(held);
    return v128.bitselect(i32x4.truncF32x4S(held), i32x4.truncF32x4U(held), f32x4.lt(held, fn.f32(0)));
  }
  const parts = value.parts.map((part) => fn.let(part));
  const signed = joined(parts.map((part) => i32x4.truncF64x2SZero(part)));
  if (to !== 'uint32') return signed;
  const unsigned = joined(parts.map((part) => i32x4.truncF64x2UZero(part)));
  return v128.bitselect(signed, unsigned, narrowMask(parts.map((part) => f64x2.lt(part, fn.f64(0)))));
}

function joined([low, high]: readonly Code[]): Code {
  return v128.shuffle(low as Code, high as Code, LOW_HALVES);
}
