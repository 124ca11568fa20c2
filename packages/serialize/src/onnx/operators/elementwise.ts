import { isFloat, isIntegral } from '@gradus/storage';
import type { Tensor } from '@gradus/tensor';
import * as t from '@gradus/tensor';
import { elementOf } from '../data-type.ts';
import type { Node, Operator } from '../node.ts';

const unary =
  (f: (x: Tensor) => Tensor): Operator =>
  (node) =>
    f(node.input(0));

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (node) =>
    f(node.input(0), node.input(1));

/** Any number of operands, folded. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (node) =>
    t.clone(node.inputs().reduce((a, b) => f(a, b)));

/** Operators on every element by itself. */
export const elementwise: Readonly<Record<string, Operator>> = {
  Abs: unary(t.abs),
  Acos: unary(t.acos),
  Acosh: unary(t.acosh),
  Asin: unary(t.asin),
  Asinh: unary(t.asinh),
  Atan: unary(t.atan),
  Atanh: unary(t.atanh),
  Ceil: unary(t.ceil),
  Cos: unary(t.cos),
  Cosh: unary(t.cosh),
  Erf: unary(t.erf),
  Exp: unary(t.exp),
  Floor: unary(t.floor),
  HardSwish: unary(t.hardswish),
  IsNaN: unary(t.isnan),
  Log: unary(t.log),
  Mish: unary(t.mish),
  Neg: unary(t.neg),
  Not: unary(t.logicalNot),
  Reciprocal: unary(t.reciprocal),
  Relu: unary(t.relu),
  Round: unary(t.round),
  Sigmoid: unary(t.sigmoid),
  Sign: unary(t.sign),
  Sin: unary(t.sin),
  Sinh: unary(t.sinh),
  Softplus: unary((x) => t.softplus(x)),
  Softsign: unary(t.softsign),
  Sqrt: unary(t.sqrt),
  Tan: unary(t.tan),
  Tanh: unary(t.tanh),

  Add: binary(t.add),
  And: binary(t.logicalAnd),
  BitwiseAnd: binary(t.bitwiseAnd),
  BitwiseNot: unary(t.bitwiseNot),
  BitwiseOr: binary(t.bitwiseOr),
  BitwiseXor: binary(t.bitwiseXor),
  Div: binary((a, b) => (isIntegral(a.dtype) ? t.truncDivide(a, b) : t.div(a, b))),
  Equal: binary(t.eq),
  Greater: binary(t.gt),
  GreaterOrEqual: binary(t.ge),
  Less: binary(t.lt),
  LessOrEqual: binary(t.le),
  Mul: binary(t.mul),
  Or: binary(t.logicalOr),
  PRelu: binary((x, slope) => t.where(t.lt(x, 0), t.mul(x, slope), x)),
  Pow: binary((a, b) => t.to(t.pow(a, b), a.dtype)),
  Sub: binary(t.sub),
  Xor: binary(t.logicalXor),
  Mod: (node) => (node.int('fmod', 0) === 1 ? t.fmod : t.remainder)(node.input(0), node.input(1)),

  Max: variadic(t.maximum),
  Mean: (node) =>
    t.div(
      node.inputs().reduce((a, b) => t.add(a, b)),
      node.inputCount,
    ),
  Min: variadic(t.minimum),
  Sum: variadic(t.add),

  Celu: (node) => t.celu(node.input(0), node.float('alpha', 1)),
  Elu: (node) => t.elu(node.input(0), node.float('alpha', 1)),
  Gelu: (node) =>
    t.gelu(node.input(0), { approximate: node.string('approximate', 'none') === 'tanh' ? 'tanh' : 'none' }),
  HardSigmoid: (node) =>
    t.clamp(t.add(t.mul(node.input(0), node.float('alpha', 0.2)), node.float('beta', 0.5)), { min: 0, max: 1 }),
  LeakyRelu: (node) => t.leakyRelu(node.input(0), node.float('alpha', 0.01)),
  Selu: (node) => {
    const alpha = node.float('alpha', 1.6732632423543772);
    return t.mul(t.elu(node.input(0), alpha), node.float('gamma', 1.0507009873554805));
  },
  Shrink: (node) => {
    const [x, lambda, bias] = [node.input(0), node.float('lambd', 0.5), node.float('bias', 0)];
    return t.where(t.lt(x, -lambda), t.add(x, bias), t.where(t.gt(x, lambda), t.sub(x, bias), 0));
  },
  Swish: (node) => t.mul(node.input(0), t.sigmoid(t.mul(node.input(0), node.float('alpha', 1)))),
  ThresholdedRelu: (node) => t.where(t.gt(node.input(0), node.float('alpha', 1)), node.input(0), 0),
  IsInf: (node) => {
    const [low, high] = [node.int('detect_negative', 1), node.int('detect_positive', 1)];
    return low && high ? t.isinf(node.input(0)) : low ? t.isneginf(node.input(0)) : t.isposinf(node.input(0));
  },

  Clip: (node) => {
    const x = node.input(0);
    const min = limit(node, 1, 'min');
    const max = limit(node, 2, 'max');
    if (min === null && max === null) return t.clone(x);
    return t.clamp(x, { ...(min === null ? {} : { min }), ...(max === null ? {} : { max }) });
  },
  Where: (node) => t.where(t.bool(node.input(0)), node.input(1), node.input(2)),
  Cast: (node) => cast(node.input(0), elementOf(node.int('to', 0)).dtype),
  CastLike: (node) => cast(node.input(0), node.input(1).dtype),
  Dropout: (node) => {
    if (node.numbers(2)?.[0]) throw node.error('it is in training mode; export the model in evaluation mode');
    const x = node.input(0);
    return [t.clone(x), t.onesLike(x, { dtype: 'bool' })];
  },
  Identity: (node) => t.view(node.input(0), node.shape(0)),
};

/** An input from version 11 on, an attribute before. */
function limit(node: Node, index: number, attribute: string): Tensor | number | null {
  return node.optional(index) ?? node.attribute(attribute)?.float ?? null;
}

function cast(x: Tensor, dtype: Tensor['dtype']): Tensor {
  return x.dtype === dtype && !isFloat(dtype) ? t.clone(x) : t.to(x, dtype);
}
