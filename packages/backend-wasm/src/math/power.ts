import { type Code, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { exp64 } from './exponential.ts';
import { log64 } from './logarithm.ts';

/**
 * a^b in f64x2 as exp(b log |a|), exact enough for float32 results, with C's special cases: pow(x, 0) = pow(1, y) = 1,
 * also of NaN, and pow(-1, Infinity) = 1.
 */
export function pow64(emitter: Emitter, base: Code, exponent: Code): Code {
  const { fn } = emitter;
  const [a, b] = [fn.let(base), fn.let(exponent)];
  const magnitude = fn.let(f64x2.abs(a));
  const power = fn.let(exp64(emitter, fn.let(f64x2.mul(b, log64(emitter, magnitude)))));
  const half = fn.let(f64x2.mul(b, fn.f64(0.5)));
  const isWhole = fn.let(f64x2.eq(f64x2.trunc(b), b));
  const isOdd = v128.and(isWhole, f64x2.ne(f64x2.trunc(half), half));
  const signed = v128.or(power, v128.and(v128.and(a, fn.f64(-0)), isOdd));
  const isFiniteNegative = v128.and(f64x2.lt(a, fn.f64(0)), f64x2.gt(a, fn.f64(Number.NEGATIVE_INFINITY)));
  const real = v128.bitselect(fn.f64(Number.NaN), signed, v128.andNot(isFiniteNegative, isWhole));
  const isUnit = v128.and(f64x2.eq(magnitude, fn.f64(1)), f64x2.eq(f64x2.abs(b), fn.f64(Number.POSITIVE_INFINITY)));
  const isOne = v128.or(v128.or(f64x2.eq(a, fn.f64(1)), f64x2.eq(b, fn.f64(0))), isUnit);
  return v128.bitselect(fn.f64(1), real, isOne);
}
