import { type Code, f64x2, v128 } from '../assembler/index.ts';
import type { Emitter } from '../codegen/emitter.ts';

// Rational functions and polynomials of fdlibm's e_asin.c and s_atan.c.

const ASIN_P = [
  3.4793310759602116757e-5, 7.91534994289814532176e-4, -4.00555345006794114027e-2, 2.01212532134862925881e-1,
  -3.25565818622400915405e-1, 1.66666666666666657415e-1,
];
const ASIN_Q = [
  7.70381505559019352791e-2, -6.8828397160545329303e-1, 2.02094576023350569471, -2.40339491173441421878, 1,
];
const ATAN = [
  1.62858201153657823623e-2, -3.6531572744216915527e-2, 4.97687799461593236017e-2, -5.83357013379057348645e-2,
  6.66107313738753120669e-2, -7.69187620504482999495e-2, 9.09088713343650656196e-2, -1.1111110405462355788e-1,
  1.42857142725034663711e-1, -1.99999999998764832476e-1, 3.33333333333329318027e-1,
];

/** pi / 2 = Math.PI / 2 + this. */
const HALF_PI_LOW = 6.123233995736766e-17;

/** asin(s) in two summands, s and the rest, for s = |x|, or s = sqrt((1 - |x|) / 2) where |x| >= 1/2. */
interface HalfAngle {
  readonly isLarge: Code;
  readonly s: Code;
  readonly rest: Code;
}

function halfAngle(emitter: Emitter, x: Code): HalfAngle {
  const { fn } = emitter;
  const magnitude = fn.let(f64x2.abs(x));
  const isLarge = fn.let(f64x2.ge(magnitude, fn.f64(0.5)));
  const halved = fn.let(f64x2.mul(f64x2.sub(fn.f64(1), magnitude), fn.f64(0.5)));
  const z = fn.let(v128.bitselect(halved, f64x2.mul(x, x), isLarge));
  const s = fn.let(v128.bitselect(f64x2.sqrt(halved), magnitude, isLarge));
  const ratio = f64x2.div(f64x2.mul(z, emitter.polynomial64(z, ASIN_P)), emitter.polynomial64(z, ASIN_Q));
  return { isLarge, s, rest: fn.let(f64x2.mul(s, ratio)) };
}

/** asin in f64x2: pi/2 - 2 asin(sqrt((1 - x) / 2)) from 1/2 on. */
export function asin64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { isLarge, s, rest } = halfAngle(emitter, x);
  const angle = fn.let(f64x2.add(s, rest));
  const doubled = f64x2.sub(f64x2.add(angle, angle), fn.f64(HALF_PI_LOW));
  const magnitude = v128.bitselect(f64x2.sub(fn.f64(Math.PI / 2), doubled), angle, isLarge);
  return v128.bitselect(x, magnitude, fn.f64(-0));
}

/** acos in f64x2: pi/2 - asin(x), and beyond 1/2 twice the half angle, or pi less that. */
export function acos64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { isLarge, s, rest } = halfAngle(emitter, x);
  const sign = fn.let(v128.and(x, fn.f64(-0)));
  const low = f64x2.sub(fn.f64(HALF_PI_LOW), v128.xor(rest, sign));
  const middle = f64x2.sub(fn.f64(Math.PI / 2), f64x2.sub(x, low));
  const angle = fn.let(f64x2.add(s, rest));
  const doubled = fn.let(f64x2.add(angle, angle));
  const obtuse = f64x2.sub(fn.f64(Math.PI), f64x2.sub(doubled, fn.f64(2 * HALF_PI_LOW)));
  const outer = v128.bitselect(obtuse, doubled, f64x2.lt(x, fn.f64(0)));
  return v128.bitselect(outer, middle, isLarge);
}

/** atan in f64x2. */
export function atan64(emitter: Emitter, argument: Code): Code {
  const { fn } = emitter;
  const x = fn.let(argument);
  const { turns, angle } = octant(emitter, fn.let(f64x2.abs(x)), fn.f64(1));
  return v128.bitselect(x, inEighths(emitter, turns, angle), fn.f64(-0));
}

/** atan2 in f64x2: the angle of the point (x, y), C's choices at zeros and infinities. */
export function atan264(emitter: Emitter, ordinate: Code, abscissa: Code): Code {
  const { fn } = emitter;
  const [y, x] = [fn.let(ordinate), fn.let(abscissa)];
  const right = octant(emitter, fn.let(f64x2.abs(y)), fn.let(f64x2.abs(x)));
  const isLeft = fn.let(i64Negative(emitter, x));
  const turns = v128.bitselect(f64x2.sub(fn.f64(4), right.turns), right.turns, isLeft);
  const angle = v128.xor(right.angle, v128.and(isLeft, fn.f64(-0)));
  return v128.bitselect(y, inEighths(emitter, fn.let(turns), fn.let(angle)), fn.f64(-0));
}

/** Lanes whose sign is set, that of -0 too. */
function i64Negative({ fn }: Emitter, x: Code): Code {
  return f64x2.lt(v128.bitselect(x, fn.f64(1), fn.f64(-0)), fn.f64(0));
}

/** An angle: so many eighths of a turn, each pi/4, and a rest below pi/8. Both are locals. */
interface Eighths {
  readonly turns: Code;
  readonly angle: Code;
}

const TAN_EIGHTH = Math.SQRT2 - 1;

/** The angle of (x, y) with both coordinates positive or 0: of the point mirrored to y <= x, and turned by pi/4 if need be. */
function octant(emitter: Emitter, y: Code, x: Code): Eighths {
  const { fn } = emitter;
  const isSteep = fn.let(f64x2.gt(y, x));
  // One of the two is NaN where x or y is: pmin and pmax keep their first operand then, and are faster than min and max.
  const [a, b] = scaledPoint(emitter, f64x2.pmin(y, x), f64x2.pmax(x, y));
  const isTurned = fn.let(f64x2.gt(a, f64x2.mul(b, fn.f64(TAN_EIGHTH))));
  const numerator = v128.bitselect(f64x2.sub(a, b), a, isTurned);
  const denominator = v128.bitselect(f64x2.add(a, b), b, isTurned);
  const t = fn.let(f64x2.div(numerator, denominator));
  const z = fn.let(f64x2.mul(t, t));
  const angle = f64x2.sub(t, f64x2.mul(t, f64x2.mul(z, emitter.polynomial64(z, ATAN))));
  const turns = fn.let(v128.and(isTurned, fn.f64(1)));
  return {
    turns: fn.let(v128.bitselect(f64x2.sub(fn.f64(2), turns), turns, isSteep)),
    angle: fn.let(v128.xor(angle, v128.and(isSteep, fn.f64(-0)))),
  };
}

/** The point with 0 <= a <= b where neither quotient nor sum overflow: (0, 1) for (0, 0), (1, 1) for two infinities. */
function scaledPoint({ fn }: Emitter, least: Code, most: Code): [Code, Code] {
  const [a, b] = [fn.let(least), fn.let(most)];
  const scale = fn.let(v128.bitselect(fn.f64(0.25), fn.f64(1), f64x2.gt(b, fn.f64(2 ** 1022))));
  const infinity = fn.f64(Number.POSITIVE_INFINITY);
  const isInfinite = fn.let(v128.and(f64x2.eq(a, infinity), f64x2.eq(b, infinity)));
  const isUnit = v128.or(isInfinite, f64x2.eq(b, fn.f64(0)));
  return [
    fn.let(v128.bitselect(fn.f64(1), f64x2.mul(a, scale), isInfinite)),
    fn.let(v128.bitselect(fn.f64(1), f64x2.mul(b, scale), isUnit)),
  ];
}

// pi / 4, the first part with 33 bits, so that its multiples are exact.
const EIGHTH_HIGH = 0.785398163367062807;
const EIGHTH_LOW = 3.038550253253096e-11;

function inEighths({ fn }: Emitter, turns: Code, angle: Code): Code {
  const low = f64x2.add(f64x2.mul(turns, fn.f64(EIGHTH_LOW)), angle);
  return f64x2.add(f64x2.mul(turns, fn.f64(EIGHTH_HIGH)), low);
}
