import { constant, type Expression, expressions as e } from '@gradus/backend';
import { type Unary, unary } from '../ops/pointwise/define.ts';

/** Below, the asymptotic series has all digits. */
const OSCILLATING = -7;
/** From here on the integral converges fast. */
const DECAYING = 1.2;

/** From here on its asymptotic series has all digits. */
const FAR = 8;

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
  const middle = chebyshevSeries(e.select(e.or(isLow, isHigh), 0, x));
  const value = e.select(isLow, low, e.select(isHigh, e.select(e.gt(x, FAR), farOut(e.max(x, FAR)), high), middle));
  return e.select(e.eq(e.abs(x), Infinity), Number.NaN, value);
}

/** Chebyshev coefficients of Ai from OSCILLATING to DECAYING. */
const MIDDLE = [
  0.19502944136117564, 0.17068780306610562, -0.003024856132136961, -0.14463849501940365, -0.08892513444536669,
  -0.058392101598235074, 0.2417489505025738, -0.06256594143366473, -0.1140152873437638, 0.07689889028119717,
  0.006768860419815291, -0.02355630863192778, 0.006880576470144214, 0.0023263507853133114, -0.0019399599860596849,
  0.00023924037707325404, 0.00019652019221534701, -8.535979996060796e-5, 9.652850126437486e-7, 8.623723607305286e-6,
  -2.2858135190087768e-6, -2.0304449484479354e-7, 2.375673643255443e-7, -3.952588400681344e-8, -8.260758671828213e-9,
  4.510169734421326e-9, -4.3890024121284715e-10, -1.815088199235302e-10, 6.241817473488392e-11, -2.606232653658551e-12,
  -2.728414496509925e-12, 6.530110210643162e-13, 5.906461753003471e-15, -3.057452546112454e-14, 5.283205747982352e-15,
  3.279360711996109e-16,
];

/** The sum of the Chebyshev series by Clenshaw's recurrence: a power series here is a difference of large numbers, which float32 can't bear. */
function chebyshevSeries(x: Expression): Expression {
  const radius = (DECAYING - OSCILLATING) / 2;
  const t = e.mul(e.sub(x, OSCILLATING + radius), 1 / radius);
  const doubled = e.mul(t, 2);
  let [sum, before]: [Expression, Expression] = [constant(0, x.dtype), constant(0, x.dtype)];
  for (let k = MIDDLE.length - 1; k > 0; k--) {
    [sum, before] = [e.add(e.sub(e.mul(doubled, sum), before), MIDDLE[k] as number), sum];
  }
  return e.add(e.sub(e.mul(t, sum), before), (MIDDLE[0] as number) / 2);
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
