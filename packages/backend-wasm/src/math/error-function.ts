import { type Code, f32x4, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';
import { twoProduct } from './double-double.ts';
import { exp32, scaledExp64 } from './exponential.ts';

// The polynomials in float32 have the least relative error, by iteratively reweighted least squares; those in float64
// interpolate at Chebyshev's nodes.

/** (erf(x) - x) / x in x^2, for |x| < 0.93. */
const NEAR_32 = [
  8.34522118102407e-5, -8.137436523380226e-4, 5.200634193842396e-3, -2.6859270726356035e-2, 1.1283693940681239e-1,
  -3.761263369694845e-1, 1.2837916664227922e-1,
];

/** log(erfc(x)) / x in x, for x from 0.9 to 4. */
const FAR_32 = [
  -1.0763360654530985e-5, 3.180614753449107e-4, -3.6229256660356146e-3, 2.372019982835505e-2, -1.0618762591751688e-1,
  -6.351814895167267e-1, -1.1286409658346166,
];

/** erf in f32x4. */
export function erf32(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const magnitude = fn.let(f32x4.pmin(f32x4.abs(x), fn.f32(4)));
  const exponent = f32x4.mul(magnitude, emitter.polynomial32(magnitude, FAR_32));
  const far = v128.bitselect(x, f32x4.sub(fn.f32(1), exp32(emitter, exponent)), fn.i32(-(2 ** 31)));
  const near = emitter.madd32(x, emitter.polynomial32(fn.let(f32x4.mul(x, x)), NEAR_32), x);
  return v128.bitselect(near, far, f32x4.lt(magnitude, fn.f32(0.92)));
}

/** (erf(x) - x) / x in x^2, for |x| <= 1/2. */
const NEAR_64 = [
  1.4722594647900666e-6, -1.4845542196757478e-5, 1.2053323464878919e-4, -8.548297524306294e-4, 5.223977370536392e-3,
  -2.686617063274272e-2, 1.128379167092494e-1, -3.761263890318347e-1, 1.2837916709551256e-1,
];

/** exp(x^2) erfc(x) (x + 4) in (x - 4) / (x + 4), for x from 1/2 to 28. */
const FAR_64 = [
  -1.2182359632220192e-8, 1.3046046373409008e-9, 1.1960235841030246e-7, -7.607290057768167e-8, -8.427359010617556e-7,
  1.4245382836523038e-6, 4.692825917470432e-6, -1.8861007789120858e-5, -3.6347174386964432e-6, 1.7681284187643265e-4,
  -4.5505276474764727e-4, -2.809588676361578e-4, 6.112055664360038e-3, -2.6370053340308317e-2, 7.638151490879058e-2,
  -1.7401093723992347e-1, 3.308515878780266e-1, -5.408538313132357e-1, 7.73208702265237e-1, -9.76548729080882e-1,
  1.095995661000491,
];

/** erf(|x|) where |x| < 1/2, erfc(|x|) elsewhere. Both are locals. */
interface Part {
  readonly isNear: Code;
  readonly value: Code;
}

function nearOrFar64(emitter: Emitter, x: Code): Part {
  const { fn } = emitter;
  // erfc(28) is 0.
  const magnitude = fn.let(f64x2.pmin(f64x2.abs(x), fn.f64(28)));
  const isNear = fn.let(f64x2.lt(magnitude, fn.f64(0.5)));
  const square = twoProduct(fn, magnitude, magnitude);
  const near = emitter.madd64(magnitude, emitter.polynomial64(square.high, NEAR_64), magnitude);
  const beyond = fn.let(f64x2.add(magnitude, fn.f64(4)));
  const t = fn.let(f64x2.div(f64x2.sub(magnitude, fn.f64(4)), beyond));
  const low = fn.let(f64x2.neg(square.low));
  const bell = scaledExp64(emitter, f64x2.neg(square.high), { low, doublings: 0 });
  const far = f64x2.mul(bell, f64x2.div(emitter.polynomial64(t, FAR_64), beyond));
  return { isNear, value: fn.let(v128.bitselect(near, far, isNear)) };
}

/** erf in f64x2. */
export function erf64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { isNear, value } = nearOrFar64(emitter, x);
  const magnitude = v128.bitselect(value, f64x2.sub(fn.f64(1), value), isNear);
  return v128.bitselect(x, magnitude, fn.f64(-0));
}

/** erfc in f64x2: 1 - erf(x), and in the tail of its own. */
export function erfc64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { isNear, value } = nearOrFar64(emitter, x);
  const signed = fn.let(v128.xor(value, v128.and(x, fn.f64(-0))));
  const far = v128.bitselect(f64x2.add(fn.f64(2), signed), signed, f64x2.lt(x, fn.f64(0)));
  return v128.bitselect(f64x2.sub(fn.f64(1), signed), far, isNear);
}
