import { type Code, f32x4, f64x2, i32, i32x4, i64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { LN2_HIGH_32, LN2_HIGH_64, LN2_LOW_32, LN2_LOW_64 } from './exponential.ts';

// log(x) = e ln 2 + log(m) with m between sqrt(1/2) and sqrt(2).

/** (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f in the reduced range. */
const LOG_32 = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];

/** log in f32x4. */
export function log32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const isSubnormal = fn.let(f32x4.lt(x, fn.f32(2 ** -126)));
  const scaled = v128.bitselect(f32x4.mul(x, fn.f32(2 ** 23)), x, isSubnormal);
  const bits = fn.let(i32x4.sub(scaled, fn.i32(0x3f3504f3)));
  const exponent = f32x4.convertI32x4S(i32x4.shrS(bits, i32.const(23)));
  const e = fn.let(f32x4.sub(exponent, v128.and(isSubnormal, fn.f32(23))));
  const m = i32x4.add(v128.and(bits, fn.i32(0x7fffff)), fn.i32(0x3f3504f3));
  const f = fn.let(f32x4.sub(m, fn.f32(1)));
  const square = fn.let(f32x4.mul(f, f));
  const tail = f32x4.mul(f32x4.mul(square, f), emitter.polynomial32(f, LOG_32));
  const low = emitter.madd32(square, fn.f32(-0.5), emitter.madd32(e, fn.f32(LN2_LOW_32), tail));
  const sum = emitter.madd32(e, fn.f32(LN2_HIGH_32), f32x4.add(f, low));
  const special = v128.bitselect(x, fn.let(sum), f32x4.eq(x, fn.f32(Number.POSITIVE_INFINITY)));
  return outsideDomain32(emitter, x, special);
}

/** NaN for negative numbers and NaN, -Infinity for 0. */
function outsideDomain32({ fn }: Emitter, x: Code, value: Code): Code {
  const positive = v128.bitselect(value, fn.f32(Number.NaN), f32x4.ge(x, fn.f32(0)));
  return v128.bitselect(fn.f32(Number.NEGATIVE_INFINITY), positive, f32x4.eq(x, fn.f32(0)));
}

/** In s^2: log(1 + f) = f - f^2 / 2 + s (f^2 / 2 + R) with s = f / (2 + f) and R = s^2 times this. */
const LOG_64 = [
  1.479819860511658591e-1, 1.531383769920937332e-1, 1.818357216161805012e-1, 2.222219843214978396e-1,
  2.857142874366239149e-1, 3.999999999940941908e-1, 6.66666666666673513e-1,
];

/** x = 2^e (1 + f). */
interface Reduced {
  readonly e: Code;
  readonly f: Code;
}

/** Of positive numbers in f64x2; both are locals. */
export function reducedLog64({ fn }: Emitter, x: Code): Reduced {
  const isSubnormal = fn.let(f64x2.lt(x, fn.f64(2 ** -1022)));
  const scaled = v128.bitselect(f64x2.mul(x, fn.f64(2 ** 52)), x, isSubnormal);
  const bits = fn.let(i64x2.sub(scaled, fn.f64(Math.SQRT1_2)));
  const shifted = fn.let(i64x2.shrS(bits, i32.const(52)));
  const exponents = v128.shuffle(shifted, shifted, [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]);
  const e = fn.let(f64x2.sub(f64x2.convertLowI32x4S(exponents), v128.and(isSubnormal, fn.f64(52))));
  const fraction = v128.and(bits, fn.let(i64x2.shrU(fn.i32(-1), i32.const(12))));
  return { e, f: fn.let(f64x2.sub(i64x2.add(fraction, fn.f64(Math.SQRT1_2)), fn.f64(1))) };
}

/** A logarithm in f64x2 from its reduced argument, and what it is where there is none. */
function withSpecialCases(emitter: Emitter, argument: Code, logarithm: (reduced: Reduced) => Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const value = fn.let(logarithm(reducedLog64(emitter, x)));
  const special = v128.bitselect(x, value, f64x2.eq(x, fn.f64(Number.POSITIVE_INFINITY)));
  const positive = v128.bitselect(special, fn.f64(Number.NaN), f64x2.ge(x, fn.f64(0)));
  return v128.bitselect(fn.f64(Number.NEGATIVE_INFINITY), positive, f64x2.eq(x, fn.f64(0)));
}

/** log in f64x2. */
export function log64(emitter: Emitter, argument: Code): Code {
  return withSpecialCases(emitter, argument, (reduced) => naturalLog64(emitter, reduced));
}

/** log2 in f64x2: exact for powers of 2. */
export function log264(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  return withSpecialCases(emitter, argument, ({ e, f }) => {
    return f64x2.add(e, f64x2.mul(naturalLog64(emitter, { e: fn.f64(0), f }), fn.f64(Math.LOG2E)));
  });
}

// log10(2), the first part with 32 bits.
const LOG10_2_HIGH = 0.3010299955494702;
const LOG10_2_LOW = 1.1451100898021838e-10;

/** log10 in f64x2. */
export function log1064(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  return withSpecialCases(emitter, argument, ({ e, f }) => {
    const fraction = f64x2.mul(naturalLog64(emitter, { e: fn.f64(0), f }), fn.f64(Math.LOG10E));
    const low = f64x2.add(f64x2.mul(e, fn.f64(LOG10_2_LOW)), fraction);
    return f64x2.add(f64x2.mul(e, fn.f64(LOG10_2_HIGH)), low);
  });
}

/** e ln 2 + log(1 + f); after fdlibm's e_log.c. */
function naturalLog64(emitter: Emitter, { e, f }: Reduced): Code {
  const { fn } = emitter;
  const s = fn.let(f64x2.div(f, f64x2.add(f, fn.f64(2))));
  const z = fn.let(f64x2.mul(s, s));
  const rest = f64x2.mul(z, emitter.polynomial64(z, LOG_64));
  const half = fn.let(f64x2.mul(fn.f64(0.5), f64x2.mul(f, f)));
  const correction = f64x2.add(f64x2.mul(s, f64x2.add(half, rest)), f64x2.mul(e, fn.f64(LN2_LOW_64)));
  return f64x2.sub(f64x2.mul(e, fn.f64(LN2_HIGH_64)), f64x2.sub(f64x2.sub(half, correction), f));
}

/** log(1 + x) in f64x2: log(u) (x / (u - 1)) with u = 1 + x rounded (W. Kahan's correction). */
export function log1p64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const u = fn.let(f64x2.add(x, fn.f64(1)));
  const value = fn.let(log64(emitter, u));
  const difference = fn.let(f64x2.sub(u, fn.f64(1)));
  const corrected = f64x2.mul(value, f64x2.div(x, difference));
  const isSmall = f64x2.eq(difference, fn.f64(0));
  const isPlain = v128.or(f64x2.eq(u, fn.f64(Number.POSITIVE_INFINITY)), f64x2.le(u, fn.f64(0)));
  return v128.bitselect(x, v128.bitselect(value, corrected, isPlain), isSmall);
}
