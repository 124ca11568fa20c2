import { constant, type Expression, expressions as e } from '@gradus/backend';
import { type Unary, unary } from '../ops/pointwise/define.ts';

/** Below, the asymptotic series has all digits, and above it the power series loses few. */
const OSCILLATING = -7;
/** From here on the integral converges fast. */
const DECAYING = 1.2;

/** From here on its asymptotic series has all digits. */
const FAR = 8;

/** Ai(0) and -Ai'(0). */
const [AT_ZERO, SLOPE_AT_ZERO] = [0.355028053887817239, 0.258819403792806798];

/**
 * The Airy function Ai; NaN at infinities, as in PyTorch.
 *
 * @see https://pytorch.org/docs/stable/special.html#torch.special.airy_ai
 */
export const airyAi: Unary = unary('airyAi', ai, { compute: 'float' });

/** Each form gets a harmless argument where another one counts, so that gradients stay free of its NaNs. */
function ai(x: Expression): Expression {
  const [isLow, isHigh] = [e.lt(x, OSCILLATING), e.gt(x, DECAYING)];
  const low = oscillating(e.select(isLow, e.neg(x), -OSCILLATING));
  const high = decaying(e.select(isHigh, x, DECAYING));
  const middle = powerSeries(e.select(e.or(isLow, isHigh), 0, x));
  const value = e.select(isLow, low, e.select(isHigh, e.select(e.gt(x, FAR), farOut(e.max(x, FAR)), high), middle));
  return e.select(e.eq(e.abs(x), Infinity), Number.NaN, value);
}

/** Ai(0) f(x) + Ai'(0) g(x). (Abramowitz & Stegun 10.4.2.) */
function powerSeries(x: Expression): Expression {
  const cube = e.mul(e.mul(x, x), x);
  let [f, g]: [Expression, Expression] = [constant(1, x.dtype), constant(1, x.dtype)];
  for (let k = 3 * 32; k > 0; k -= 3) {
    f = e.add(e.mul(e.mul(cube, 1 / ((k - 1) * k)), f), 1);
    g = e.add(e.mul(e.mul(cube, 1 / (k * (k + 1))), g), 1);
  }
  return e.sub(e.mul(f, AT_ZERO), e.mul(e.mul(x, g), SLOPE_AT_ZERO));
}

/** sqrt(x / 3) / pi times the modified Bessel function K of order 1/3, by its integral. (Abramowitz & Stegun 10.4.14, 9.6.24.) */
function decaying(x: Expression): Expression {
  const argument = arch(x);
  const step = 0.2;
  let integral: Expression = constant(step / 2, x.dtype);
  for (let t = step; t < 4.8; t += step) {
    integral = e.add(integral, e.mul(e.exp(e.mul(argument, 1 - Math.cosh(t))), step * Math.cosh(t / 3)));
  }
  return e.mul(e.mul(e.mul(e.sqrt(x), 1 / (Math.PI * Math.sqrt(3))), e.exp(e.neg(argument))), integral);
}

/** (Abramowitz & Stegun 10.4.59.) */
function farOut(x: Expression): Expression {
  const argument = arch(x);
  const [even, odd] = asymptoticTerms(e.div(1, argument), false);
  const decay = e.div(e.exp(e.neg(argument)), e.sqrt(e.sqrt(x)));
  return e.mul(e.mul(decay, e.sub(even, odd)), 0.5 / Math.sqrt(Math.PI));
}

/** Of -x. (Abramowitz & Stegun 10.4.60.) */
function oscillating(x: Expression): Expression {
  const argument = arch(x);
  const phase = e.add(argument, Math.PI / 4);
  const [even, odd] = asymptoticTerms(e.div(1, argument), true);
  const wave = e.sub(e.mul(e.sin(phase), even), e.mul(e.cos(phase), odd));
  return e.div(e.mul(wave, 1 / Math.sqrt(Math.PI)), e.sqrt(e.sqrt(x)));
}

/** The sums, alternating or not, of c_k / argument^k over even and over odd k. (Abramowitz & Stegun 10.4.58.) */
function asymptoticTerms(inverse: Expression, alternating: boolean): readonly [even: Expression, odd: Expression] {
  const sums: [Expression, Expression] = [constant(0, inverse.dtype), constant(0, inverse.dtype)];
  let term: Expression = constant(1, inverse.dtype);
  for (let k = 0; k < 20; k++) {
    if (k > 0) term = e.mul(term, e.mul(inverse, ((6 * k - 5) * (6 * k - 3) * (6 * k - 1)) / (216 * k * (2 * k - 1))));
    const parity = (k % 2) as 0 | 1;
    sums[parity] = k % 4 < 2 || !alternating ? e.add(sums[parity], term) : e.sub(sums[parity], term);
  }
  return sums;
}

/** 2/3 x^(3/2) */
function arch(x: Expression): Expression {
  return e.mul(e.mul(x, e.sqrt(x)), 2 / 3);
}
