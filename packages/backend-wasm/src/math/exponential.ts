import { type Code, f32x4, f64x2, i32, i32x4, i64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';

// exp(x) = 2^n exp(r) with n the integer nearest to x / ln 2, so that |r| <= ln(2) / 2. ln 2 is subtracted in two parts, the
// first with so few bits that n times it is exact (W. J. Cody and W. Waite, "Software Manual for the Elementary
// Functions", 1980).

const LN2_HIGH_32 = 0.693359375;
const LN2_LOW_32 = -2.12194440054690583e-4;
const LN2_HIGH_64 = 6.93147180369123816e-1;
const LN2_LOW_64 = 1.9082149292705877e-10;

/** Taylor's series 1 / n!, from the highest power down to 1 / `lowest`!. */
function inverseFactorials(highest: number, lowest: number): number[] {
  const factorials = Array.from({ length: highest + 1 }, () => 1);
  for (let n = 1; n <= highest; n++) factorials[n] = (factorials[n - 1] as number) * n;
  return factorials
    .slice(lowest)
    .map((value) => 1 / value)
    .reverse();
}

/** (exp(r) - 1 - r) / r^2, fitted for |r| <= ln(2) / 2 with the least error of exp. */
const EXP_32 = [
  0.0013950723751603965, 0.008369024987120686, 0.04166620231574364, 0.1666651771010086, 0.5000000096268838,
];

/** Adding it leaves a number's nearest integer in the low bits of the sum. */
const ROUNDER_32 = 1.5 * 2 ** 23;
const ROUNDER_64 = 1.5 * 2 ** 52;

/** exp in f32x4. */
export function exp32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(f32x4.pmax(f32x4.pmin(argument, fn.f32(89)), fn.f32(-104)));
  const shifted = fn.let(emitter.madd32(x, fn.f32(Math.LOG2E), fn.f32(ROUNDER_32)));
  const n = fn.let(f32x4.sub(shifted, fn.f32(ROUNDER_32)));
  const r = fn.let(emitter.madd32(n, fn.f32(-LN2_LOW_32), emitter.madd32(n, fn.f32(-LN2_HIGH_32), x)));
  const p = emitter.polynomial32(r, EXP_32);
  const y = f32x4.add(emitter.madd32(fn.let(f32x4.mul(r, r)), p, r), fn.f32(1));
  return scale32(emitter, y, fn.let(i32x4.sub(shifted, fn.f32(ROUNDER_32))));
}

/** x * 2^n, in two steps, so that the result may be subnormal and n up to 128. `n` is an i32x4 in a local. */
function scale32({ fn }: Emitter, x: Code, n: Code): Code {
  const half = fn.let(i32x4.shrS(n, i32.const(1)));
  const power = (exponent: Code): Code => i32x4.shl(i32x4.add(exponent, fn.i32(127)), i32.const(23));
  return f32x4.mul(f32x4.mul(x, power(half)), power(i32x4.sub(n, half)));
}

/** 2^n of integers -1022 to 1023 in f64x2, by their bits. */
function power64({ fn }: Emitter, n: Code): Code {
  return i64x2.shl(f64x2.add(n, fn.f64(ROUNDER_64 + 1023)), i32.const(52));
}

/** exp in f64x2. */
export function exp64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(f64x2.pmax(f64x2.pmin(argument, fn.f64(710)), fn.f64(-746)));
  const n = fn.let(f64x2.nearest(f64x2.mul(x, fn.f64(Math.LOG2E))));
  const r = fn.let(emitter.madd64(n, fn.f64(-LN2_LOW_64), emitter.madd64(n, fn.f64(-LN2_HIGH_64), x)));
  const p = emitter.polynomial64(r, inverseFactorials(13, 2));
  const y = f64x2.add(emitter.madd64(fn.let(f64x2.mul(r, r)), p, r), fn.f64(1));
  const half = fn.let(f64x2.floor(f64x2.mul(n, fn.f64(0.5))));
  return f64x2.mul(f64x2.mul(y, power64(emitter, half)), power64(emitter, f64x2.sub(n, half)));
}

/** exp(x) - 1 in f64x2: by its series near 0. */
export function expm164(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const series = emitter.madd64(fn.let(f64x2.mul(x, x)), emitter.polynomial64(x, inverseFactorials(13, 2)), x);
  // The sum of 0 and -0 is 0, so the sign is put back.
  const near = fn.let(v128.or(series, v128.and(x, fn.f64(-0))));
  const far = f64x2.sub(exp64(emitter, x), fn.f64(1));
  return v128.bitselect(near, far, f64x2.lt(f64x2.abs(x), fn.f64(0.34)));
}

/** 1 / (1 + exp(-x)) in f32x4, by exp of what is negative. */
export function sigmoid32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const z = fn.let(exp32(emitter, f32x4.neg(f32x4.abs(x))));
  const numerator = v128.bitselect(z, fn.f32(1), f32x4.lt(x, fn.f32(0)));
  const denominator = fn.let(f32x4.add(z, fn.f32(1)));
  const quotient = fn.let(f32x4.div(numerator, denominator));
  // What rounding took from the denominator is made good: times 1 / (1 + z), roughly.
  const lost = f32x4.sub(z, f32x4.sub(denominator, fn.f32(1)));
  const share = f32x4.mul(lost, emitter.madd32(z, fn.f32(-0.47), fn.f32(0.957)));
  return f32x4.sub(quotient, f32x4.mul(quotient, share));
}

/** 1 / (1 + exp(-x)) in f64x2. */
export function sigmoid64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const z = fn.let(exp64(emitter, f64x2.neg(f64x2.abs(x))));
  const numerator = v128.bitselect(z, fn.f64(1), f64x2.lt(x, fn.f64(0)));
  return f64x2.div(numerator, f64x2.add(z, fn.f64(1)));
}

/** tanh in f32x4: (1 - z) / (1 + z) with z = exp(-2 |x|), near 0 by a polynomial. */
export function tanh32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f32x4.abs(x));
  const z = fn.let(exp32(emitter, f32x4.mul(magnitude, fn.f32(-2))));
  const far = f32x4.sub(fn.f32(1), f32x4.div(f32x4.add(z, z), f32x4.add(z, fn.f32(1))));
  const square = fn.let(f32x4.mul(x, x));
  const series = emitter.madd32(fn.let(f32x4.mul(square, emitter.polynomial32(square, TANH_NEAR))), x, x);
  // The sum of 0 and -0 is 0, so the sign is put back.
  const near = v128.or(series, v128.and(x, fn.f32(-0)));
  const signed = v128.bitselect(x, far, fn.i32(-(2 ** 31)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, fn.f32(0.625)));
}

/** (tanh(x) / x - 1) / x^2 in x^2 for |x| < 0.625. */
const TANH_NEAR = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];

/** tanh in f64x2: expm1(2 |x|) / (expm1(2 |x|) + 2). */
export function tanh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const z = fn.let(expm164(emitter, fn.let(f64x2.mul(f64x2.pmin(f64x2.abs(x), fn.f64(22)), fn.f64(2)))));
  const magnitude = f64x2.div(z, f64x2.add(z, fn.f64(2)));
  return v128.bitselect(x, magnitude, fn.f64(-0));
}
