import { type Code, f32x4, f64x2, i32, i32x4, i64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';

// exp(x) = 2^n exp(r) with n the integer nearest to x / ln 2, so that |r| <= ln(2) / 2. ln 2 is subtracted in two parts, the
// first with so few bits that n times it is exact (W. J. Cody and W. Waite, "Software Manual for the Elementary
// Functions", 1980).

export const LN2_HIGH_32 = 0.693359375;
export const LN2_LOW_32 = -2.12194440054690583e-4;
/** ln 2 in two parts, the first with 33 bits. */
export const LN2_HIGH_64 = 6.93147180369123816e-1;
export const LN2_LOW_64 = 1.9082149292705877e-10;

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

/** x * 2^n in f64x2, in two steps. `n` is a whole number, in a local. */
function scale64(emitter: Emitter, x: Code, n: Code): Code {
  const { fn } = emitter;
  const half = fn.let(f64x2.floor(f64x2.mul(n, fn.f64(0.5))));
  return f64x2.mul(f64x2.mul(x, power64(emitter, half)), power64(emitter, f64x2.sub(n, half)));
}

/** x = n ln 2 + r. */
function reduced64(emitter: Emitter, x: Code): { readonly n: Code; readonly r: Code } {
  const { fn } = emitter;
  const n = fn.let(f64x2.nearest(f64x2.mul(x, fn.f64(Math.LOG2E))));
  const r = emitter.madd64(n, fn.f64(-LN2_LOW_64), emitter.madd64(n, fn.f64(-LN2_HIGH_64), x));
  return { n, r: fn.let(r) };
}

/** exp(r) - 1 for |r| <= ln(2) / 2. */
function nearZero64(emitter: Emitter, r: Code): Code {
  return emitter.madd64(emitter.fn.let(f64x2.mul(r, r)), emitter.polynomial64(r, inverseFactorials(13, 2)), r);
}

/** exp in f64x2. */
export function exp64(emitter: Emitter, argument: Code): Code {
  return scaledExp64(emitter, argument, { doublings: 0 });
}

/** What exp is taken of besides its argument, and how often the result is doubled (or halved) before it could overflow. */
interface Scaling {
  readonly low?: Code;
  readonly doublings: number;
}

/** exp(x + low) 2^doublings in f64x2; `low` has been rounded from x. */
export function scaledExp64(emitter: Emitter, argument: Code, { low, doublings }: Scaling): Code {
  const { fn } = emitter;
  const x = fn.let(f64x2.pmax(f64x2.pmin(argument, fn.f64(712)), fn.f64(-746)));
  const { n, r } = reduced64(emitter, x);
  const p = nearZero64(emitter, low === undefined ? r : fn.let(f64x2.add(r, low)));
  const scale = doublings === 0 ? n : fn.let(f64x2.add(n, fn.f64(doublings)));
  return scale64(emitter, f64x2.add(p, fn.f64(1)), scale);
}

/** 2^x in f64x2. */
export function exp264(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(f64x2.pmax(f64x2.pmin(argument, fn.f64(1025)), fn.f64(-1080)));
  const n = fn.let(f64x2.nearest(x));
  const r = fn.let(f64x2.mul(f64x2.sub(x, n), fn.f64(Math.LN2)));
  return scale64(emitter, f64x2.add(nearZero64(emitter, r), fn.f64(1)), n);
}

/** exp(x) - 1 in f64x2: 2^n (exp(r) - 1) + (2^n - 1), halved until the end, because 2^1024 is none. */
export function expm164(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { n, r } = reduced64(emitter, fn.let(f64x2.pmax(f64x2.pmin(x, fn.f64(710)), fn.f64(-50))));
  const half = fn.let(power64(emitter, f64x2.sub(n, fn.f64(1))));
  const sum = fn.let(emitter.madd64(half, nearZero64(emitter, r), f64x2.sub(half, fn.f64(0.5))));
  return v128.bitselect(x, f64x2.add(sum, sum), f64x2.lt(f64x2.abs(x), fn.f64(2 ** -54)));
}
