import { type Code, f32x4, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { exp32, exp64, expm164, scaledExp64 } from './exponential.ts';
import { log1p64 } from './logarithm.ts';

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

/** `magnitude` with the sign of `x`: these functions are odd. */
function withSignOf({ fn }: Emitter, x: Code, magnitude: Code): Code {
  return v128.bitselect(x, magnitude, fn.f64(-0));
}

/** tanh in f64x2: expm1(2 |x|) / (expm1(2 |x|) + 2). */
export function tanh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const z = fn.let(expm164(emitter, f64x2.mul(f64x2.pmin(f64x2.abs(x), fn.f64(22)), fn.f64(2))));
  return withSignOf(emitter, x, f64x2.div(z, f64x2.add(z, fn.f64(2))));
}

/** (sinh(x) - x) / x^3 in x^2 for |x| < 1: Taylor's series, 1 / 17! to 1 / 3!. */
const SINH_NEAR = [
  2.8114572543455206e-15, 7.647163731819816e-13, 1.6059043836821613e-10, 2.505210838544172e-8, 2.7557319223985893e-6,
  1.984126984126984e-4, 8.333333333333333e-3, 1.6666666666666666e-1,
];

/** sinh in f64x2: with h = exp(|x|) / 2 it is h - 1 / (4 h); near 0 a series. */
export function sinh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f64x2.abs(x));
  const half = fn.let(scaledExp64(emitter, magnitude, { doublings: -1 }));
  const far = f64x2.sub(half, f64x2.div(fn.f64(0.25), half));
  const square = fn.let(f64x2.mul(magnitude, magnitude));
  const cube = fn.let(f64x2.mul(square, magnitude));
  const near = emitter.madd64(cube, emitter.polynomial64(square, SINH_NEAR), magnitude);
  return withSignOf(emitter, x, v128.bitselect(near, far, f64x2.lt(magnitude, fn.f64(1))));
}

/** cosh in f64x2: h + 1 / (4 h). */
export function cosh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const half = fn.let(scaledExp64(emitter, f64x2.abs(argument), { doublings: -1 }));
  return f64x2.add(half, f64x2.div(fn.f64(0.25), half));
}

/** From here on sqrt(x^2 + 1) and sqrt(x^2 - 1) are x. */
const LARGE = 2 ** 28;

/** log(1 + t) where `isLarge` isn't set, log(2 x) where it is; x is positive. */
function areaLog(emitter: Emitter, x: Code, t: Code, isLarge: Code): Code {
  const { fn } = emitter;
  const value = log1p64(emitter, v128.bitselect(f64x2.sub(x, fn.f64(1)), t, isLarge));
  return f64x2.add(value, v128.and(isLarge, fn.f64(Math.LN2)));
}

/** asinh in f64x2: log(|x| + sqrt(x^2 + 1)). */
export function asinh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f64x2.abs(x));
  const square = fn.let(f64x2.mul(x, x));
  const root = f64x2.sqrt(f64x2.add(square, fn.f64(1)));
  const t = f64x2.add(magnitude, f64x2.div(square, f64x2.add(root, fn.f64(1))));
  const isLarge = fn.let(f64x2.ge(magnitude, fn.f64(LARGE)));
  return withSignOf(emitter, x, areaLog(emitter, magnitude, t, isLarge));
}

/** acosh in f64x2: log(x + sqrt(x^2 - 1)), NaN below 1. */
export function acosh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const above = fn.let(f64x2.sub(x, fn.f64(1)));
  const t = f64x2.add(above, f64x2.sqrt(f64x2.mul(above, f64x2.add(above, fn.f64(2)))));
  const isLarge = fn.let(f64x2.ge(x, fn.f64(LARGE)));
  return v128.bitselect(areaLog(emitter, x, t, isLarge), fn.f64(Number.NaN), f64x2.ge(x, fn.f64(1)));
}

/** atanh in f64x2: log1p(2 |x| / (1 - |x|)) / 2. */
export function atanh64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f64x2.abs(x));
  const odds = f64x2.div(f64x2.add(magnitude, magnitude), f64x2.sub(fn.f64(1), magnitude));
  return withSignOf(emitter, x, f64x2.mul(log1p64(emitter, odds), fn.f64(0.5)));
}
