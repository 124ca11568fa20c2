import { type Code, f32x4, i32, i32x4, v128 } from '../assembler/index.ts';
import type { Emitter } from './emitter.ts';

// The 16-bit floating-point types in the low halves of i32x4 lanes.

/** float32 numbers of float16 patterns. */
export function fromFloat16({ fn }: Emitter, patterns: Code): Code {
  const bits = fn.let(patterns);
  const magnitude = fn.let(v128.and(bits, fn.i32(0x7fff)));
  const moved = fn.let(i32x4.shl(magnitude, i32.const(13)));
  // The exponent's bias differs by 112. A multiplication mends that for subnormal numbers too.
  const finite = f32x4.mul(moved, fn.f32(2 ** 112));
  const isSpecial = i32x4.geS(magnitude, fn.i32(0x7c00));
  const value = v128.bitselect(v128.or(moved, fn.i32(0x7f800000)), finite, isSpecial);
  return v128.or(value, i32x4.shl(v128.and(bits, fn.i32(0x8000)), i32.const(16)));
}

/** float16 patterns of float32 numbers, ties to even; overflow gives an infinity. */
export function toFloat16({ fn }: Emitter, value: Code): Code {
  const bits = fn.let(value);
  const magnitude = fn.let(v128.and(bits, fn.i32(0x7fffffff)));
  const odd = v128.and(i32x4.shrU(magnitude, i32.const(13)), fn.i32(1));
  const rounded = i32x4.add(i32x4.add(magnitude, fn.i32(0xfff - (112 << 23))), odd);
  const normal = i32x4.shrU(rounded, i32.const(13));
  // The last bit of 0.5 + x has the weight of the smallest subnormal number, so that the addition rounds.
  const subnormal = i32x4.sub(f32x4.add(magnitude, fn.f32(0.5)), fn.i32(0x3f000000));
  const finite = v128.bitselect(subnormal, normal, i32x4.ltS(magnitude, fn.i32(0x38800000)));
  const overflown = v128.bitselect(fn.i32(0x7c00), finite, i32x4.geS(magnitude, fn.i32(0x477ff000)));
  const pattern = v128.bitselect(fn.i32(0x7e00), overflown, i32x4.gtS(magnitude, fn.i32(0x7f800000)));
  return v128.or(pattern, v128.and(i32x4.shrU(bits, i32.const(16)), fn.i32(0x8000)));
}

/** float32 numbers of bfloat16 patterns. */
export function fromBfloat16(_: Emitter, patterns: Code): Code {
  return i32x4.shl(patterns, i32.const(16));
}

/** bfloat16 patterns of float32 numbers, ties to even. */
export function toBfloat16({ fn }: Emitter, value: Code): Code {
  const bits = fn.let(value);
  const odd = v128.and(i32x4.shrU(bits, i32.const(16)), fn.i32(1));
  const rounded = i32x4.shrU(i32x4.add(i32x4.add(bits, fn.i32(0x7fff)), odd), i32.const(16));
  return v128.bitselect(rounded, fn.i32(0x7fc0), f32x4.eq(bits, bits));
}
