import { constant, type Expression, expressions as e } from '@gradus/backend';
import '@gradus/backend/special';
import { type Binary, binary } from '../ops/pointwise/define.ts';

/**
 * Incomplete gamma functions of a >= 0 and x >= 0 (else NaN). They are differentiable in both, unlike PyTorch's, which
 * are in x only.
 *
 * @see https://pytorch.org/docs/stable/special.html#torch.special.gammainc
 */

/** Of the integral of t^(a - 1) exp(-t) over t > 0 the share up to x. */
export const igamma: Binary = binary('igamma', (a, x) => incomplete(a, x, 'lower'), { compute: 'float' });
/** The share from x on: 1 - igamma(a, x), with all digits where that is small. */
export const igammac: Binary = binary('igammac', (a, x) => incomplete(a, x, 'upper'), { compute: 'float' });

type Share = 'lower' | 'upper';

/** From here on the integral over a bump that is nearly Gaussian has all digits with few nodes. */
const LARGE = 100;
const TERMS = 100;
const NODES = 40;

/** Each form gets harmless arguments where another one counts, so that gradients stay free of its NaNs. */
function incomplete(a: Expression, x: Expression, share: Share): Expression {
  const regular = e.and(e.and(e.gt(a, 0), e.lt(a, Infinity)), e.and(e.gt(x, 0), e.lt(x, Infinity)));
  const isLarge = e.and(regular, e.ge(a, LARGE));
  const isLow = e.and(e.and(regular, e.lt(a, LARGE)), e.lt(x, e.add(a, 1)));
  const isHigh = e.and(e.and(regular, e.lt(a, LARGE)), e.ge(x, e.add(a, 1)));
  const pair = (condition: Expression, harmless: number): [Expression, Expression] => [
    e.select(condition, a, harmless),
    e.select(condition, x, harmless + 1),
  ];
  const large = bump(...pair(isLarge, LARGE), share);
  const low = complementIf(share === 'upper', lowerSeries(...pair(isLow, 1)));
  const high = complementIf(share === 'lower', upperFraction(...pair(isHigh, 1)));
  return e.select(isLarge, large, e.select(isLow, low, e.select(isHigh, high, limit(a, x, share))));
}

/** At the ends of the ranges, in PyTorch's order: a of 0, x of 0, a of infinity, x of infinity. */
function limit(a: Expression, x: Expression, share: Share): Expression {
  const [none, all] = share === 'lower' ? [0, 1] : [1, 0];
  const unknown = constant(Number.NaN, a.dtype);
  const farOut = e.select(e.eq(x, Infinity), all, unknown);
  const wide = e.select(e.eq(a, Infinity), e.select(e.eq(x, Infinity), unknown, none), farOut);
  const narrow = e.select(e.eq(a, 0), e.select(e.gt(x, 0), all, unknown), e.select(e.eq(x, 0), none, wide));
  return e.select(e.or(e.lt(a, 0), e.lt(x, 0)), unknown, narrow);
}

function complementIf(condition: boolean, value: Expression): Expression {
  return condition ? e.sub(1, value) : value;
}

/** x^a exp(-x) / gamma(a + 1) */
function density(a: Expression, x: Expression): Expression {
  return e.exp(e.sub(e.sub(e.mul(a, e.log(x)), x), e.lgamma(e.add(a, 1))));
}

/** The sum of x^k / ((a + 1) ... (a + k)). (Abramowitz & Stegun 6.5.29.) */
function lowerSeries(a: Expression, x: Expression): Expression {
  let sum: Expression = constant(1, x.dtype);
  for (let k = TERMS; k > 0; k--) sum = e.add(e.mul(e.div(x, e.add(a, k)), sum), 1);
  return e.mul(density(a, x), sum);
}

/** Legendre's continued fraction. (Abramowitz & Stegun 6.5.31, its even part.) */
function upperFraction(a: Expression, x: Expression): Expression {
  const offset = e.sub(x, a);
  let fraction = e.add(offset, 2 * TERMS + 1);
  for (let k = TERMS; k > 0; k--) {
    fraction = e.sub(e.add(offset, 2 * k - 1), e.div(e.mul(e.sub(k, a), k), fraction));
  }
  return e.div(e.mul(density(a, x), a), fraction);
}

/**
 * For large a: the integrand is exp(m (log(1 + d) - d)) around its peak m = a - 1, with d = (t - m) / m, and Gauss-Legendre
 * sums from x outwards, away from the peak, hold all that counts. The factor is Stirling's.
 */
function bump(a: Expression, x: Expression, share: Share): Expression {
  const peak = e.sub(a, 1);
  const width = e.sqrt(peak);
  const isAbove = e.gt(x, peak);
  const above = e.max(e.add(peak, e.mul(width, 11.5)), e.add(x, e.mul(width, 6)));
  const below = e.max(0, e.min(e.sub(peak, e.mul(width, 7.5)), e.sub(x, e.mul(width, 5))));
  const span = e.sub(e.select(isAbove, above, below), x);
  let sum: Expression = constant(0, x.dtype);
  for (const { node, weight } of gaussLegendre(NODES)) {
    const distance = e.div(e.sub(e.add(x, e.mul(span, node)), peak), peak);
    sum = e.add(sum, e.mul(e.exp(e.mul(peak, e.sub(e.log1p(distance), distance))), weight));
  }
  const inverse = e.div(1, a);
  const stirling = e.sub(e.div(e.mul(e.mul(inverse, inverse), inverse), 360), e.div(inverse, 12));
  const logFactor = e.add(e.mul(peak, e.log1p(e.neg(inverse))), e.sub(1, e.mul(e.log(e.mul(a, 2 * Math.PI)), 0.5)));
  const outer = e.mul(e.mul(e.abs(span), sum), e.exp(e.add(logFactor, stirling)));
  const isOuter = share === 'lower' ? e.not(isAbove) : isAbove;
  return e.select(isOuter, outer, e.sub(1, outer));
}

/** Nodes in (0, 1) with their weights: Newton's method on the Legendre polynomial of that degree. */
function gaussLegendre(count: number): readonly { readonly node: number; readonly weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 8; step++) {
      let [current, before] = [x, 1];
      for (let k = 1; k < count; k++) [current, before] = [((2 * k + 1) * x * current - k * before) / (k + 1), current];
      slope = (count * (x * current - before)) / (x * x - 1);
      x -= current / slope;
    }
    return { node: (1 - x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}
