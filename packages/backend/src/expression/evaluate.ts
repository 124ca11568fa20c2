import {
  categoryOf,
  type DType,
  fromBfloat16,
  fromFloat16,
  isFloat,
  isIntegral,
  toBfloat16,
  toFloat16,
} from '@gradus/storage';
import { type ConstantNode, type Expression, operandsOf, topologicalOrder } from './expression.ts';
import { scalarOps } from './scalar.ts';

/** What an expression reads while it is evaluated for one element. */
export interface Environment {
  input(index: number): number;
  uniform(index: number): number;
  coordinate(axis: number): number;
}

/** Values for one element: reads the environment, answers one value per root (in an array that is used again). */
export type Evaluator = (environment: Environment) => Float64Array;

type Step = (registers: Float64Array, environment: Environment) => void;

/**
 * The reference meaning of expressions: a list of steps over numbered registers, so that shared values are computed
 * once and depth doesn't matter. It is also what runs where no code can be generated.
 */
export function evaluator(roots: readonly Expression[]): Evaluator {
  const order = topologicalOrder(roots);
  const at = new Map(order.map((node, register) => [node, register]));
  const registers = new Float64Array(order.length);
  const steps = order.flatMap((node, register) => {
    if (node.kind === 'constant') registers[register] = node.value;
    return node.kind === 'constant' ? [] : [stepOf(node, register, (operand) => at.get(operand) as number)];
  });
  const sources = roots.map((root) => at.get(root) as number);
  const values = new Float64Array(roots.length);
  return (environment) => {
    for (let k = 0; k < steps.length; k++) (steps[k] as Step)(registers, environment);
    for (let k = 0; k < sources.length; k++) values[k] = registers[sources[k] as number] as number;
    return values;
  };
}

function stepOf(
  node: Exclude<Expression, ConstantNode>,
  to: number,
  registerOf: (operand: Expression) => number,
): Step {
  const [a, b, c] = operandsOf(node).map(registerOf) as [number, number, number];
  switch (node.kind) {
    case 'input':
      return (r, environment) => {
        r[to] = environment.input(node.index);
      };
    case 'uniform':
      return (r, environment) => {
        r[to] = convert(environment.uniform(node.index), node.dtype);
      };
    case 'coordinate':
      return (r, environment) => {
        r[to] = environment.coordinate(node.axis);
      };
    case 'cast':
      return (r) => {
        r[to] = convert(r[a] as number, node.dtype);
      };
    case 'op':
      return (r) => {
        r[to] = applyOp(node, r[a] as number, r[b] as number, r[c] as number);
      };
  }
}

/** One expression for one element. */
export function evaluate(node: Expression, environment: Environment): number {
  return evaluator([node])(environment)[0] as number;
}

/** One operation on numbers of the node's dtypes. */
export function applyOp(node: Expression & { kind: 'op' }, a: number, b: number, c: number): number {
  // A double can't hold every product of 32-bit integers, and `>>` reads its operand as signed.
  if (node.op === 'mul' && isIntegral(node.dtype)) return wrapInteger(Math.imul(a, b), node.dtype);
  if (node.op === 'shr' && node.dtype === 'uint32') return b < 0 || b > 31 ? 0 : a >>> b;
  const value = scalarOps[node.op].evaluate(a, b, c);
  return isFloat(node.dtype) || node.op === 'select' ? value : wrapInteger(value, node.dtype);
}

/** A number as a value of `dtype`: the meaning of a cast. */
export function convert(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float64':
      return value;
    case 'float32':
      return Math.fround(value);
    case 'float16':
      return fromFloat16(toFloat16(value));
    case 'bfloat16':
      return fromBfloat16(toBfloat16(value));
    default:
      return wrapInteger(value, dtype);
  }
}

/** An integer result as its dtype holds it: modulo 2^bits; bool is non-zero-ness. */
export function wrapInteger(value: number, dtype: DType): number {
  if (categoryOf(dtype) === 'bool') return value === 0 ? 0 : 1;
  if (dtype === 'int32') return value | 0;
  if (dtype === 'uint32') return value >>> 0;
  if (dtype === 'uint8') return value & 0xff;
  return (value << 24) >> 24;
}
