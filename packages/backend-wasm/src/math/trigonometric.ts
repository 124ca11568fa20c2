import { type Code, f64x2, i32, i32x4, i64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';

// Arguments are reduced by multiples of pi/2, which is subtracted in three parts (Cody and Waite). The polynomials are those
// of fdlibm's k_sin.c and k_cos.c.

const PARTS = [1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21] as const;

/** Where the parts' products with the quotient are exact no longer. */
export const MAX_ARGUMENT = 1e6;

const SIN = [
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6, -1.98412698298579493134e-4,
  8.33333333332248946124e-3, -1.66666666666666324348e-1,
];
const COS = [
  -1.13596475577881948265e-11, 2.0875723212981748279e-9, -2.75573143513906633035e-7, 2.48015872894767294178e-5,
  -1.38888888888741095749e-3, 4.16666666666666019037e-2,
];

/** sine and cosine of an angle up to pi/4, and how many quarter turns were taken off it. */
interface Turned {
  readonly sine: Code;
  readonly cosine: Code;
  readonly quarters: Code;
}

/** For |x| up to MAX_ARGUMENT; the answers are locals. */
function turned(emitter: Emitter, argument: Code): Turned {
  const { fn } = emitter;
  const x = fn.let(argument);
  // Plus 0, so that the quotient of -0 is 0, and -0 stays what it is.
  const quarters = fn.let(f64x2.add(f64x2.nearest(f64x2.mul(x, fn.f64(2 / Math.PI))), fn.f64(0)));
  const r = fn.let(PARTS.reduce((rest, part) => f64x2.sub(rest, f64x2.mul(quarters, fn.f64(part))), x));
  const z = fn.let(f64x2.mul(r, r));
  const series = emitter.madd64(fn.let(f64x2.mul(z, r)), emitter.polynomial64(z, SIN), r);
  // The sum of 0 and -0 is 0, so the sign is put back.
  const sine = fn.let(v128.or(series, v128.and(r, fn.f64(-0))));
  const high = emitter.madd64(z, fn.f64(-0.5), fn.f64(1));
  const cosine = fn.let(emitter.madd64(fn.let(f64x2.mul(z, z)), emitter.polynomial64(z, COS), high));
  return { sine, cosine, quarters };
}

/** Lanes of which bit 0 is set. */
function isOdd({ fn }: Emitter, quadrant: Code): Code {
  return i64x2.sub(fn.i32(0), v128.and(quadrant, i64x2.extendLowI32x4S(fn.i32(1))));
}

/** sin (`quarters` 0) or cos (1) in f64x2 for |x| up to MAX_ARGUMENT. */
export function sine64(emitter: Emitter, argument: Code, quarters: 0 | 1): Code {
  const { fn } = emitter;
  const { sine, cosine, quarters: taken } = turned(emitter, argument);
  // Bit 0 of the quadrant swaps sine and cosine, bit 1 negates.
  const quadrant = fn.let(i64x2.extendLowI32x4S(i32x4.add(i32x4.truncF64x2SZero(taken), fn.i32(quarters))));
  const signMask = i64x2.shl(i64x2.shrU(quadrant, i32.const(1)), i32.const(63));
  return v128.xor(v128.bitselect(cosine, sine, isOdd(emitter, quadrant)), signMask);
}

/** tan in f64x2 for |x| up to MAX_ARGUMENT: sine / cosine, or -cosine / sine after an odd number of quarter turns. */
export function tan64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const { sine, cosine, quarters } = turned(emitter, argument);
  const odd = fn.let(isOdd(emitter, i64x2.extendLowI32x4S(i32x4.truncF64x2SZero(quarters))));
  const quotient = f64x2.div(v128.bitselect(cosine, sine, odd), v128.bitselect(sine, cosine, odd));
  return v128.xor(quotient, v128.and(odd, fn.f64(-0)));
}
