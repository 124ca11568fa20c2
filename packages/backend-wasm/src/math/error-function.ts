import { type Code, f32x4, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { exp32 } from './exponential.ts';

// Polynomials of least relative error, fitted by iteratively reweighted least squares.

/** (erf(x) - x) / x in x^2, for |x| < 0.93. */
const NEAR = [
  8.34522118102407e-5, -8.137436523380226e-4, 5.200634193842396e-3, -2.6859270726356035e-2, 1.1283693940681239e-1,
  -3.761263369694845e-1, 1.2837916664227922e-1,
];

/** log(erfc(x)) / x in x, for x from 0.9 to 4. */
const FAR = [
  -1.0763360654530985e-5, 3.180614753449107e-4, -3.6229256660356146e-3, 2.372019982835505e-2, -1.0618762591751688e-1,
  -6.351814895167267e-1, -1.1286409658346166,
];

/** erf in f32x4. */
export function erf32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f32x4.pmin(f32x4.abs(x), fn.f32(4)));
  const exponent = f32x4.mul(magnitude, emitter.polynomial32(magnitude, FAR));
  const far = v128.bitselect(x, f32x4.sub(fn.f32(1), exp32(emitter, exponent)), fn.i32(-(2 ** 31)));
  const near = emitter.madd32(x, emitter.polynomial32(fn.let(f32x4.mul(x, x)), NEAR), x);
  return v128.bitselect(near, far, f32x4.lt(magnitude, fn.f32(0.92)));
}
