import { type Code, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { SPLIT_LIMIT, twoProduct } from './double-double.ts';

/** Whether a remainder has a lane that `fmod64` can't compute: a huge quotient or operand, an infinity, NaN, or a divisor 0. */
export function isHardRemainder({ fn }: Emitter, a: Code, b: Code): Code {
  const within = (x: Code, limit: number): Code => f64x2.lt(f64x2.abs(x), fn.f64(limit));
  const isEasy = v128.and(within(f64x2.div(a, b), 2 ** 51), v128.and(within(a, SPLIT_LIMIT), within(b, SPLIT_LIMIT)));
  return v128.anyTrue(v128.not(isEasy));
}

/**
 * C's fmod in f64x2, exact. The quotient may be rounded up to the next whole number; the remainder is negative then. Operands
 * are locals.
 */
export function fmod64({ fn }: Emitter, a: Code, b: Code): Code {
  const [dividend, divisor] = [fn.let(f64x2.abs(a)), fn.let(f64x2.abs(b))];
  const quotient = fn.let(f64x2.floor(f64x2.div(dividend, divisor)));
  const { high, low } = twoProduct(fn, quotient, divisor);
  const rest = fn.let(f64x2.sub(f64x2.sub(dividend, high), low));
  const raised = f64x2.add(rest, v128.and(f64x2.lt(rest, fn.f64(0)), divisor));
  return v128.bitselect(a, raised, fn.f64(-0));
}

/** Python's % in f64x2: the remainder with the sign of the divisor. Operands are locals. */
export function mod64(emitter: Emitter, a: Code, b: Code): Code {
  const { fn } = emitter;
  const rest = fn.let(fmod64(emitter, a, b));
  const zero = fn.f64(0);
  const differs = v128.and(f64x2.ne(rest, zero), v128.xor(f64x2.lt(rest, zero), f64x2.lt(b, zero)));
  return v128.bitselect(f64x2.add(rest, b), rest, differs);
}
