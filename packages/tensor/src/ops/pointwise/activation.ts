import { type Expression, expressions as e } from '@gradus/backend';
import type { Tensor } from '../../tensor.ts';
import { type Operand, type Pointwise, pointwise, type Ternary, ternary, type Unary, unary } from './define.ts';

/**
 * Activation functions.
 *
 * @see https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
 */

type WithParameter = Pointwise<Tensor, [parameter?: Operand]>;
type WithTwoParameters = Pointwise<Tensor, [first?: Operand, second?: Operand]>;

const float = { compute: 'float' } as const;
const floatWith = (...defaults: number[]) => ({ compute: 'float', defaults }) as const;

export const relu: Unary = unary('relu', (x) => e.select(e.le(x, 0), 0, x));
export const relu6: Unary = unary('relu6', (x) => hardTanh(x, 0, 6));
/** x above 0, slope * x below. */
export const leakyRelu: WithParameter = pointwise(
  'leakyRelu',
  (x, slope) => e.select(e.gt(x, 0), x, e.mul(x, slope)),
  floatWith(0.01),
);
/** x above 0, alpha (exp(x) - 1) below. */
export const elu: WithParameter = pointwise(
  'elu',
  (x, alpha) => bentBelow(x, alpha, e.mul(alpha, e.expm1(x))),
  floatWith(1),
);
/** x above 0, alpha (exp(x / alpha) - 1) below. */
export const celu: WithParameter = pointwise(
  'celu',
  (x, alpha) => bentBelow(x, 1, e.mul(alpha, e.expm1(e.div(x, alpha)))),
  floatWith(1),
);
/** Klambauer et al. 2017, Self-Normalizing Neural Networks. */
export const selu: Unary = unary(
  'selu',
  (x) => e.mul(SELU_SCALE, bentBelow(x, SELU_ALPHA, e.mul(SELU_ALPHA, e.expm1(x)))),
  float,
);
/** x times the normal distribution function (Hendrycks & Gimpel 2016). */
export const geluExact: Unary = unary(
  'gelu',
  (x) => e.mul(e.mul(x, 0.5), e.add(1, e.erf(e.mul(x, Math.SQRT1_2)))),
  float,
);
/** The tanh approximation of gelu. */
export const geluTanh: Unary = unary(
  'gelu',
  (x) => {
    const inner = e.mul(Math.sqrt(2 / Math.PI), e.add(x, e.mul(0.044715, e.mul(x, e.mul(x, x)))));
    return e.mul(e.mul(0.5, x), e.add(1, e.tanh(inner)));
  },
  float,
);
/** x sigmoid(x) (Elfwing et al. 2018). */
export const silu: Unary = unary('silu', (x) => e.mul(x, e.sigmoid(x)), float);
/** x tanh(softplus(x)) (Misra 2019). */
export const mish: Unary = unary('mish', (x) => e.mul(x, e.tanh(softPlus(x))), float);
/** log(1 + exp(beta x)) / beta; x itself where beta x > threshold. */
export const softplus: WithTwoParameters = pointwise(
  'softplus',
  (x, beta, threshold) => {
    const scaled = e.mul(x, beta);
    return e.select(e.gt(scaled, threshold), x, e.div(e.log1p(e.exp(scaled)), beta));
  },
  floatWith(1, 20),
);
export const logsigmoid: Unary = unary(
  'logsigmoid',
  (x) => e.select(e.lt(x, 0), e.sub(x, e.log1p(e.exp(x))), e.neg(e.log1p(e.exp(e.neg(x))))),
  float,
);
/** x limited to [low, high], in x's dtype. */
export const hardtanh: WithTwoParameters = pointwise('hardtanh', (x, low, high) => hardTanh(x, low, high), {
  compute: 'first',
  defaults: [-1, 1],
});
/** relu6(x + 3) / 6; no gradient at NaN. */
export const hardsigmoid: Unary = unary(
  'hardsigmoid',
  (x) => {
    const inside = e.and(e.gt(x, -3), e.lt(x, 3));
    return e.select(inside, e.div(e.add(x, 3), 6), e.select(e.isNaN(x), Number.NaN, e.cast(e.gt(x, 0), x.dtype)));
  },
  float,
);
/** x relu6(x + 3) / 6 (Howard et al. 2019). */
export const hardswish: Unary = unary(
  'hardswish',
  (x) => e.select(e.le(x, -3), 0, e.select(e.ge(x, 3), x, e.div(e.mul(x, e.add(x, 3)), 6))),
  float,
);
/** 0 within [-lambda, lambda], x outside. */
export const hardshrink: WithParameter = pointwise(
  'hardshrink',
  (x, lambda) => e.select(e.and(e.ge(x, e.neg(lambda)), e.le(x, lambda)), 0, x),
  floatWith(0.5),
);
/** x moved towards 0 by lambda. */
export const softshrink: WithParameter = pointwise(
  'softshrink',
  (x, lambda) => e.select(e.gt(x, lambda), e.sub(x, lambda), e.select(e.lt(x, e.neg(lambda)), e.add(x, lambda), 0)),
  floatWith(0.5),
);
/** x / (1 + |x|). */
export const softsign: Unary = unary('softsign', (x) => e.div(x, e.add(1, e.abs(x))), float);
export const tanhshrink: Unary = unary('tanhshrink', (x) => e.sub(x, e.tanh(x)), float);
/** x above the threshold, `value` elsewhere. */
export const threshold: Ternary = ternary('threshold', (x, limit, value) => e.select(e.le(x, limit), value, x), {
  compute: 'first',
});

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** A limit whose gradient is 0 at the limits themselves, unlike clamp's. */
function hardTanh(x: Expression, low: e.Operand, high: e.Operand): Expression {
  const raised = e.select(e.le(x, low), low, x);
  return e.select(e.ge(raised, high), high, raised);
}

/** x above 0, the curve below. At 0 itself a line of the curve's slope: no second derivative there. */
function bentBelow(x: Expression, slope: e.Operand, curve: Expression): Expression {
  return e.select(e.lt(x, 0), curve, e.select(e.eq(x, 0), e.mul(slope, x), x));
}

/** log(1 + exp(x)) without overflow. */
function softPlus(x: Expression): Expression {
  return e.select(e.gt(x, 20), x, e.log1p(e.exp(x)));
}
