import * as t from '@gradus/tensor';
import * as F from '@gradus/tensor/functional';
import * as special from '@gradus/tensor/special';
import { check, type GradientCase, type GradientTable, type Operand, of } from './case.ts';

type Interval = readonly [low: number, high: number];
type Pointwise = t.Pointwise<t.Tensor, t.Operand[]>;

/** Of a matrix, a scalar and nothing, and in place. */
export function unary(op: t.Unary, ...interval: Interval | []): readonly GradientCase[] {
  return [...elementwise(op, ...interval), check((x) => op.inPlace(t.clone(x)), [of([2, 3], ...interval)])];
}

export function elementwise(op: (x: t.Tensor) => t.Tensor, ...interval: Interval | []): readonly GradientCase[] {
  return [[2, 3], [], [0, 2]].map((shape) => check((x) => op(x), [of(shape, ...interval)]));
}

/** Of equal shapes, broadcast ones, scalars and nothing; with a number on either side; and in place. */
function binary(op: t.Binary, a: Interval = [-1, 1], b: Interval = a): readonly GradientCase[] {
  const middle = (low: number, high: number): number => low + 0.43 * (high - low);
  const pairs = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 1], [3]],
    [[], [2]],
    [[], []],
    [
      [0, 3],
      [1, 3],
    ],
  ] as const;
  return [
    ...pairs.map(([left, right]) => check((x, y) => op(x, y), [of(left, ...a), of(right, ...b)])),
    check((x) => op(x, middle(...b)), [of([3], ...a)]),
    check((x) => op(middle(...a), x), [of([3], ...b)]),
    check((x, y) => op.inPlace(t.clone(x), y), [of([2, 3], ...a), of([3], ...b)]),
  ];
}

/** Of three operands that broadcast together, and in place. */
function ternary(op: Pointwise, ...intervals: readonly Interval[]): readonly GradientCase[] {
  const call = (first: t.Tensor, ...rest: t.Tensor[]): t.Tensor => op(first, ...rest);
  const shaped = (...shapes: readonly number[][]): Operand[] =>
    shapes.map((shape, i) => of(shape, ...(intervals[i] as Interval)));
  return [
    check(call, shaped([2, 3], [2, 1], [3])),
    check(call, shaped([], [2], [])),
    check(call, shaped([0], [1], [])),
    check((x, ...rest) => op.inPlace(t.clone(x), ...rest), shaped([2, 3], [2, 1], [3])),
  ];
}

const unit: Interval = [-1, 1];
const positive: Interval = [0.3, 2];

export const pointwise: GradientTable = {
  neg: unary(t.neg),
  abs: unary(t.abs),
  sign: unary(t.sign),
  angle: unary(t.angle),
  square: unary(t.square),
  sqrt: unary(t.sqrt, ...positive),
  rsqrt: unary(t.rsqrt, ...positive),
  reciprocal: unary(t.reciprocal, ...positive),
  floor: unary(t.floor),
  ceil: unary(t.ceil),
  trunc: unary(t.trunc),
  round: unary(t.round),
  frac: unary(t.frac),
  deg2rad: unary(t.deg2rad),
  rad2deg: unary(t.rad2deg),

  exp: unary(t.exp),
  exp2: unary(t.exp2),
  expm1: unary(t.expm1),
  log: unary(t.log, ...positive),
  log2: unary(t.log2, ...positive),
  log10: unary(t.log10, ...positive),
  log1p: unary(t.log1p, -0.7, 1),
  sigmoid: unary(t.sigmoid, -3, 3),
  erf: unary(t.erf, -2, 2),
  erfc: unary(t.erfc, -2, 2),
  erfinv: unary(special.erfinv, -0.8, 0.8),
  lgamma: unary(special.lgamma, 0.3, 3),
  digamma: unary(special.digamma, 0.5, 3),
  ndtr: unary(special.ndtr, -2, 2),
  logNdtr: unary(special.logNdtr, -4, 2),
  ndtri: unary(special.ndtri, 0.1, 0.9),
  entr: elementwise(special.entr, ...positive),
  i0: elementwise(special.i0, -2, 2),
  i0e: elementwise(special.i0e, -2, 2),
  i1: elementwise(special.i1, -2, 2),
  i1e: elementwise(special.i1e, -2, 2),

  sin: unary(t.sin, -3, 3),
  cos: unary(t.cos, -3, 3),
  tan: unary(t.tan),
  asin: unary(t.asin, -0.8, 0.8),
  acos: unary(t.acos, -0.8, 0.8),
  atan: unary(t.atan),
  sinh: unary(t.sinh),
  cosh: unary(t.cosh),
  tanh: unary(t.tanh),
  asinh: unary(t.asinh),
  acosh: unary(t.acosh, 1.3, 3),
  atanh: unary(t.atanh, -0.8, 0.8),
  sinc: unary(t.sinc, -2, 2),

  add: binary(t.add),
  sub: binary(t.sub),
  mul: [
    ...binary(t.mul),
    check((x) => t.mul(x, t.tensor([2, 3, 4], { dtype: 'int32' })), [of([2, 3])]),
    check((x) => t.mul(t.tensor([true, false, true]), x), [of([2, 3])]),
  ],
  div: binary(t.div, unit, positive),
  floorDivide: binary(t.floorDivide, [0.1, 3], [0.7, 0.9]),
  truncDivide: binary(t.truncDivide, [0.1, 3], [0.7, 0.9]),
  remainder: binary(t.remainder, [-3, 3], [0.7, 0.9]),
  fmod: binary(t.fmod, [-3, 3], [0.7, 0.9]),
  pow: binary(t.pow, positive, [-2, 3]),
  floatPower: binary(t.floatPower, positive, [-2, 3]),
  maximum: binary(t.maximum),
  minimum: binary(t.minimum),
  fmax: binary(t.fmax),
  fmin: binary(t.fmin),
  hypot: binary(t.hypot, positive, [-2, -0.3]),
  copysign: binary(t.copysign),
  heaviside: binary(t.heaviside),
  ldexp: binary(t.ldexp),
  atan2: binary(t.atan2, [-2, 2], [0.3, 2]),
  logaddexp: binary(t.logaddexp),
  logaddexp2: binary(t.logaddexp2),
  xlogy: binary(t.xlogy, unit, positive),
  xlog1py: binary(t.xlog1py, unit, positive),
  // The derivative by the first argument has no closed form; PyTorch has none either.
  zeta: [check((x) => special.zeta(2.5, x), [of([2, 3], 0.5, 3)])],
  clampMin: binary(t.clampMin),
  clampMax: binary(t.clampMax),

  addcmul: [
    ...ternary(t.addcmul, unit, unit, unit),
    check((x, a, b) => t.addcmul(x, a, b, 0.3), [of([2]), of([2]), of([1])]),
  ],
  addcdiv: [
    ...ternary(t.addcdiv, unit, unit, positive),
    check((x, a, b) => t.addcdiv(x, a, b, 0.3), [of([2]), of([2]), of([1], 1, 2)]),
  ],
  lerp: [...ternary(t.lerp, unit, unit, [0.1, 0.4]), ...ternary(t.lerp, unit, unit, [0.6, 0.9])],
  clampBetween: ternary(t.clampBetween, [-2, 2], [-1.2, -0.4], [0.4, 1.2]),
  clamp: [
    check((x) => t.clamp(x, { min: -0.4, max: 0.5 }), [of([2, 3])]),
    check((x, low) => t.clamp(x, { min: low }), [of([2, 3]), of([3], -0.5, 0.5)]),
    check((x, high) => t.clamp(x, { max: high }), [of([2, 3]), of([2, 1], -0.5, 0.5)]),
  ],
  clip: [check((x) => t.clip(x, { min: -0.4 }), [of([3])])],
  clamp_: [check((x) => t.clamp_(t.clone(x), { min: -0.4, max: 0.5 }), [of([2, 3])])],
  rsub: [check((x, y) => t.rsub(x, y), [of([2, 3]), of([3])]), check((x) => t.rsub(x, 2, 0.3), [of([3])])],
  where: [
    check((x, y) => t.where(t.tensor([true, false, true]), x, y), [of([2, 3]), of([3])]),
    check((x) => t.where(t.tensor([[true], [false]]), x, 0.5), [of([3])]),
    check((x) => t.where(t.gt(x, 0), t.log(x), 0), [of([6])]),
  ],
  nanToNum: [
    check(
      (x) =>
        t.nanToNum(t.add(x, t.tensor([0, Number.POSITIVE_INFINITY, Number.NaN], { dtype: 'float64' })), { posinf: 3 }),
      [of([2, 3])],
    ),
  ],
  nanToNum_: [check((x) => t.nanToNum_(t.clone(x)), [of([3])])],
  replaceNonFinite: [check((x) => t.replaceNonFinite(x, 0, 1, -1), [of([3])])],
  logit: [
    check((x) => special.logit(x), [of([2, 3], 0.1, 0.9)]),
    check((x) => special.logit(x, { eps: 0.2 }), [of([5], 0, 1)]),
  ],
  polygamma: [0, 1, 2].map((n) => check((x) => special.polygamma(x, n), [of([2, 3], 0.7, 3)])),
  mvlgamma: [check((x) => special.mvlgamma(x, 3), [of([2, 3], 1.4, 3)])],
  roundDecimals: [check((x) => t.roundDecimals(x, 1), [of([2, 3])])],
  frexp: [check((x) => t.frexp(x).mantissa, [of([2, 3], 0.6, 3.9)])],
};

/** An activation's cases by its parameters, if it has any. */
function activation(op: Pointwise, parameters: readonly number[] = [], low = -4, high = 4): readonly GradientCase[] {
  return [
    ...[[2, 4], [], [0]].map((shape) => check((x) => op(x), [of(shape, low, high)])),
    check((x) => op(x, ...parameters), [of([5], low, high)]),
    check((x) => op.inPlace(t.clone(x), ...parameters), [of([5], low, high)]),
  ];
}

export const activations: GradientTable = {
  relu: activation(t.relu),
  relu6: activation(t.relu6, [], -3, 9),
  leakyRelu: activation(t.leakyRelu, [0.2]),
  elu: activation(t.elu, [1.3]),
  celu: activation(t.celu, [1.3]),
  selu: activation(t.selu),
  gelu: (['none', 'tanh'] as const).map((approximate) => check((x) => t.gelu(x, { approximate }), [of([2, 3], -3, 3)])),
  geluExact: activation(t.geluExact),
  geluTanh: activation(t.geluTanh),
  silu: activation(t.silu),
  mish: activation(t.mish),
  softplus: activation(t.softplus, [0.7, 2]),
  logsigmoid: activation(t.logsigmoid),
  hardtanh: activation(t.hardtanh, [-2, 1]),
  hardsigmoid: activation(t.hardsigmoid, [], -5, 5),
  hardswish: activation(t.hardswish, [], -5, 5),
  hardshrink: activation(t.hardshrink, [1.3]),
  softshrink: activation(t.softshrink, [1.3]),
  softsign: activation(t.softsign),
  tanhshrink: activation(t.tanhshrink),
  threshold: [
    check((x) => t.threshold(x, 0.3, 2), [of([2, 3])]),
    check((x) => t.threshold.inPlace(t.clone(x), 0.3, 2), [of([3])]),
  ],
  prelu: [
    check((x, w) => t.prelu(x, w), [of([2, 3, 2]), of([3])]),
    check((x, w) => t.prelu(x, w), [of([2, 3]), of([1])]),
  ],
  glu: [check((x) => t.glu(x), [of([2, 4])]), check((x) => t.glu(x, { dim: 0 }), [of([2, 3])])],
  rrelu: [
    check((x) => F.rrelu(x), [of([2, 3])]),
    check((x) => F.rrelu(x, { training: true, generator: seeded() }), [of([2, 3])]),
  ],
};

/** The same draws in every call. */
function seeded(): t.Generator {
  return new t.Generator().manualSeed(5);
}

const p = 0.4;

export const drawing: GradientTable = {
  dropout: [check((x) => F.dropout(x, { p, generator: seeded() }), [of([2, 3])])],
  dropout1d: [check((x) => F.dropout1d(x, { p, generator: seeded() }), [of([3, 2])])],
  dropout2d: [check((x) => F.dropout2d(x, { p, generator: seeded() }), [of([2, 2, 1, 2])])],
  dropout3d: [check((x) => F.dropout3d(x, { p, generator: seeded() }), [of([1, 3, 1, 2, 1])])],
  alphaDropout: [check((x) => F.alphaDropout(x, { p, training: true, generator: seeded() }), [of([2, 3])])],
  featureAlphaDropout: [
    check((x) => F.featureAlphaDropout(x, { p, training: true, generator: seeded() }), [of([2, 3, 1])]),
  ],
  gumbelSoftmax: [check((x) => F.gumbelSoftmax(x, { tau: 0.7, generator: seeded() }), [of([2, 3])])],
};
