import { type Code, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { type DoubleDouble, product, quickTwoSum, twoProduct, twoSum } from './double-double.ts';
import { exp64, LN2_HIGH_64, LN2_LOW_64, scaledExp64 } from './exponential.ts';
import { log64, reducedLog64 } from './logarithm.ts';

/** The exponent and |base|, in locals. */
type Power = (magnitude: Code, exponent: Code) => Code;

/** a^b in f64x2 for results in float32: exp(b log |a|) is exact enough for them. */
export function pow32(emitter: Emitter, base: Code, exponent: Code): Code {
  const { fn } = emitter;
  return withSpecialCases(emitter, base, exponent, (a, b) => exp64(emitter, fn.let(f64x2.mul(b, log64(emitter, a)))));
}

/** a^b in f64x2: the logarithm and its product have twice the digits, for exp makes their error as much larger as they are. */
export function pow64(emitter: Emitter, base: Code, exponent: Code): Code {
  const { fn } = emitter;
  return withSpecialCases(emitter, base, exponent, (a, b) => {
    const logarithm = doubleLog(emitter, a);
    // The logarithm of the number next to 1 is 2^-53: what is larger than this overflows or vanishes.
    const bounded = fn.let(f64x2.pmax(f64x2.pmin(b, fn.f64(2 ** 65)), fn.f64(-(2 ** 65))));
    const { high, low } = twoProduct(fn, bounded, logarithm.high);
    const tail = fn.let(f64x2.add(low, f64x2.mul(bounded, logarithm.low)));
    // Beyond 1024 the tail could be anything.
    const isBounded = f64x2.lt(f64x2.abs(high), fn.f64(1024));
    const power = scaledExp64(emitter, high, { low: fn.let(v128.and(tail, isBounded)), doublings: 0 });
    return poles(emitter, a, b, power);
  });
}

/** The power of 0, infinity and NaN, of which there is no logarithm. */
function poles({ fn }: Emitter, a: Code, b: Code, power: Code): Code {
  const isZero = fn.let(f64x2.eq(a, fn.f64(0)));
  const isInfinite = f64x2.eq(a, fn.f64(Number.POSITIVE_INFINITY));
  const vanishes = v128.bitselect(f64x2.gt(b, fn.f64(0)), f64x2.lt(b, fn.f64(0)), isZero);
  const pole = v128.bitselect(fn.f64(0), fn.f64(Number.POSITIVE_INFINITY), vanishes);
  const value = v128.bitselect(pole, power, v128.or(isZero, isInfinite));
  const isNaN = v128.or(f64x2.ne(a, a), f64x2.ne(b, b));
  return v128.bitselect(fn.f64(Number.NaN), value, isNaN);
}

/** C's special cases: pow(x, 0) = pow(1, y) = 1, also of NaN, and pow(-1, Infinity) = 1. */
function withSpecialCases(emitter: Emitter, base: Code, exponent: Code, powerOf: Power): Code {
  const { fn } = emitter;
  const [a, b] = [fn.let(base), fn.let(exponent)];
  const magnitude = fn.let(f64x2.abs(a));
  const power = fn.let(powerOf(magnitude, b));
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

/** (atanh(s) - s - s^3 / 3) / s^5 in s^2, for |s| <= 0.1716. */
const ATANH = [
  5.86201855211789e-2, 5.8530771075172e-2, 6.66740388084847e-2, 7.692297453045716e-2, 9.090909167960547e-2,
  1.1111111110826777e-1, 1.4285714285714685e-1, 2e-1,
];

/** log(x) = e ln 2 + 2 atanh(s) with s = f / (2 + f), for positive x, to about 65 bits. */
function doubleLog(emitter: Emitter, x: Code): DoubleDouble {
  const { fn } = emitter;
  const { e, f } = reducedLog64(emitter, x);
  const s = quotient(emitter, f, twoSum(fn, fn.f64(2), f));
  const square = product(fn, s, s);
  const third: DoubleDouble = { high: fn.f64(1 / 3), low: fn.f64(1.850371707708594e-17) };
  const cubic = product(fn, product(fn, square, s), third);
  const series = emitter.polynomial64(square.high, ATANH);
  const rest = f64x2.mul(f64x2.mul(f64x2.mul(square.high, square.high), s.high), series);
  const low = f64x2.add(s.low, f64x2.add(cubic.low, rest));
  const inner = quickTwoSum(fn, s.high, cubic.high);
  const tail = f64x2.add(inner.low, low);
  const atanh = quickTwoSum(fn, inner.high, fn.let(tail));
  // Twice that and n times the first part of ln 2 are exact.
  const sum = twoSum(fn, fn.let(f64x2.mul(e, fn.f64(LN2_HIGH_64))), fn.let(f64x2.add(atanh.high, atanh.high)));
  const lows = f64x2.add(f64x2.mul(e, fn.f64(LN2_LOW_64)), f64x2.add(sum.low, f64x2.add(atanh.low, atanh.low)));
  return quickTwoSum(fn, sum.high, fn.let(lows));
}

/** a / (high + low). */
function quotient({ fn }: Emitter, a: Code, { high, low }: DoubleDouble): DoubleDouble {
  const first = fn.let(f64x2.div(a, high));
  const back = twoProduct(fn, first, high);
  const rest = f64x2.sub(f64x2.sub(f64x2.sub(a, back.high), back.low), f64x2.mul(first, low));
  return quickTwoSum(fn, first, fn.let(f64x2.div(rest, high)));
}
