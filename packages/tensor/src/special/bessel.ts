import { constant, type Expression, expressions as e } from '@gradus/backend';
import { type Unary, unary } from '../ops/pointwise/define.ts';

/**
 * Bessel functions that PyTorch has no methods for.
 *
 * @see https://pytorch.org/docs/stable/special.html
 */

const float = { compute: 'float' } as const;
const EULER = 0.5772156649015329;

/** sin(x) / x; 1 at 0. */
export const sphericalBesselJ0: Unary = unary(
  'sphericalBesselJ0',
  (x) => e.select(e.eq(x, 0), 1, e.select(e.eq(e.abs(x), Infinity), 0, e.div(e.sin(x), x))),
  float,
);

/** Of the first kind, order 0. */
export const besselJ0: Unary = unary('besselJ0', (x) => besselJ(0, e.abs(x)), float);
/** Of the first kind, order 1. */
export const besselJ1: Unary = unary('besselJ1', (x) => e.mul(e.sign(x), besselJ(1, e.abs(x))), float);
/** Of the second kind, order 0; -Infinity at 0 and NaN below. */
export const besselY0: Unary = unary('besselY0', (x) => besselY(0, x), float);
/** Of the second kind, order 1; -Infinity at 0 and NaN below. */
export const besselY1: Unary = unary('besselY1', (x) => besselY(1, x), float);

/** The modified one of the second kind, order 0; Infinity at 0 and NaN below. */
export const modifiedBesselK0: Unary = unary('modifiedBesselK0', (x) => besselK(0, x, false), float);
/** The modified one of the second kind, order 1; Infinity at 0 and NaN below. */
export const modifiedBesselK1: Unary = unary('modifiedBesselK1', (x) => besselK(1, x, false), float);
/** exp(x) modifiedBesselK0(x). */
export const scaledModifiedBesselK0: Unary = unary('scaledModifiedBesselK0', (x) => besselK(0, x, true), float);
/** exp(x) modifiedBesselK1(x). */
export const scaledModifiedBesselK1: Unary = unary('scaledModifiedBesselK1', (x) => besselK(1, x, true), float);

/** Where the asymptotic series has all digits, and the sums over angles below it do. */
const FAR = 15;
/** Nodes of a full turn: enough for frequencies up to FAR. */
const TURN = 96;

type Order = 0 | 1;

/** Angles of a quarter turn, to which the others are mirror images, with their weights in the mean over the turn. */
const quarter: readonly { readonly angle: number; readonly weight: number }[] = Array.from(
  { length: TURN / 4 + 1 },
  (_, k) => ({ angle: (2 * Math.PI * k) / TURN, weight: (k === 0 || k === TURN / 4 ? 2 : 4) / TURN }),
);

/** The mean of cos(x sin t), or of sin(t) sin(x sin t), over a turn of t: J0 and J1. (Abramowitz & Stegun 9.1.21.) */
function mean(order: Order, x: Expression, weigh: (angle: number) => number): Expression {
  return quarter.reduce<Expression>(
    (sum, { angle, weight }) => {
      const sine = Math.sin(angle);
      const wave = order === 0 ? e.cos(e.mul(x, sine)) : e.mul(e.sin(e.mul(x, sine)), sine);
      return e.add(sum, e.mul(wave, weight * weigh(angle)));
    },
    constant(0, x.dtype),
  );
}

/** Of x >= 0. */
function besselJ(order: Order, x: Expression): Expression {
  return e.select(
    e.lt(x, FAR),
    mean(order, x, () => 1),
    farOut(order, x, e.cos, e.sin, -1),
  );
}

/**
 * For order 0, 2/pi ((log(x/2) + gamma) J0 + 2 sum of -(-1)^k J_2k / k), the sum by its terms' means over a turn; for
 * order 1 the derivative of that. (Abramowitz & Stegun 9.1.89.)
 */
function besselY(order: Order, x: Expression): Expression {
  const logarithm = e.mul(
    e.add(e.log(half(x)), EULER),
    mean(order, x, () => 1),
  );
  const series = e.add(logarithm, e.mul(mean(order, x, neumannWeight), 2));
  const near =
    order === 0
      ? series
      : e.sub(
          series,
          e.div(
            mean(0, x, () => 1),
            x,
          ),
        );
  const value = e.select(e.lt(x, FAR), e.mul(near, 2 / Math.PI), farOut(order, x, e.sin, e.cos, 1));
  return e.select(e.eq(x, 0), -Infinity, e.select(e.lt(x, 0), Number.NaN, value));
}

/** The sum of -(-1)^k cos(2k angle) / k: J_2k is the mean of cos(x sin t) cos(2k t). */
function neumannWeight(angle: number): number {
  let sum = 0;
  for (let k = 1; k < TURN / 4; k++) sum -= ((-1) ** k * Math.cos(2 * k * angle)) / k;
  return sum;
}

type Wave = (x: Expression) => Expression;

/** sqrt(2 / (pi x)) (P a(w) + sign Q b(w)), w the distance from the phase. (Abramowitz & Stegun 9.2.5.) */
function farOut(order: Order, x: Expression, a: Wave, b: Wave, sign: 1 | -1): Expression {
  const phase = e.sub(x, ((2 * order + 1) * Math.PI) / 4);
  const terms = hankelTerms(order, e.div(1, x));
  const part = (start: number): Expression => {
    const chosen = terms.filter((_, k) => k % 2 === start);
    return chosen.reduceRight(
      (sum, term, k) => (k % 2 === 0 ? e.add(sum, term) : e.sub(sum, term)),
      constant(0, x.dtype),
    );
  };
  const wave = e.add(e.mul(part(0), a(phase)), e.mul(e.mul(part(1), b(phase)), sign));
  return e.mul(wave, e.sqrt(e.div(2 / Math.PI, x)));
}

/** The terms a_k(order) / x^k. */
function hankelTerms(order: Order, inverse: Expression): Expression[] {
  let term: Expression = constant(1, inverse.dtype);
  return Array.from({ length: 20 }, (_, k) => {
    if (k > 0) term = e.mul(term, e.mul(inverse, (4 * order ** 2 - (2 * k - 1) ** 2) / (8 * k)));
    return term;
  });
}

/**
 * The integral of exp(-x cosh t) cosh(order t), whose trapezoidal sums converge fast, below 1 the power series, and far
 * out, where the integrand is narrower than a step, the asymptotic one. (Abramowitz & Stegun 9.6.24, 9.6.13, 9.6.11, 9.7.2.)
 */
function besselK(order: Order, x: Expression, scaled: boolean): Expression {
  const step = 0.2;
  let integral: Expression = constant(step / 2, x.dtype);
  for (let t = step; t < 4.8; t += step) {
    integral = e.add(integral, e.mul(e.exp(e.mul(x, 1 - Math.cosh(t))), step * Math.cosh(order * t)));
  }
  const decay = e.exp(e.neg(x));
  const series = seriesK(order, x);
  const distant = e.select(e.lt(x, FAR), integral, decayingSeries(order, x));
  const far = e.select(e.eq(x, Infinity), 0, scaled ? distant : e.mul(distant, decay));
  const value = e.select(e.lt(x, 1), scaled ? e.div(series, decay) : series, far);
  return e.select(e.eq(x, 0), Infinity, e.select(e.lt(x, 0), Number.NaN, value));
}

/** Without the factor exp(-x). */
function decayingSeries(order: Order, x: Expression): Expression {
  const sum = hankelTerms(order, e.div(1, x)).reduceRight((later, term) => e.add(later, term));
  return e.mul(sum, e.sqrt(e.div(Math.PI / 2, x)));
}

function seriesK(order: Order, x: Expression): Expression {
  const square = e.mul(half(x), half(x));
  const logarithm = e.log(half(x));
  let term: Expression = order === 0 ? constant(1, x.dtype) : half(x);
  let sum: Expression = order === 0 ? constant(0, x.dtype) : e.div(1, x);
  let harmonic = -EULER;
  for (let k = 0; k < 12; k++) {
    // Of order 0 -(log(x/2) - psi(k+1)), of order 1 log(x/2) - (psi(k+1) + psi(k+2)) / 2.
    const factor = order === 0 ? e.sub(harmonic, logarithm) : e.sub(logarithm, harmonic + 0.5 / (k + 1));
    sum = e.add(sum, e.mul(term, factor));
    term = e.mul(term, e.mul(square, 1 / ((k + 1) * (k + 1 + order))));
    harmonic += 1 / (k + 1);
  }
  return sum;
}

function half(x: Expression): Expression {
  return e.mul(x, 0.5);
}
