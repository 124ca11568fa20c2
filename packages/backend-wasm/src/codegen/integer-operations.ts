import type { OpNode, ScalarOpName } from '@gradus/backend';
import { type Code, i32, i32x4, v128 } from '../assembler/index.ts';
import { wrapped } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { byLanes } from './scalar-calls.ts';
import { type Value, vector } from './value.ts';

type Simple = (a: Code, b: Code, isUnsigned: boolean, constant: (value: number) => Code) => Code;

const simple: Partial<Record<ScalarOpName, Simple>> = {
  neg: (a) => i32x4.neg(a),
  abs: (a, _, isUnsigned) => (isUnsigned ? a : i32x4.abs(a)),
  sign: (a, _, isUnsigned, constant) =>
    isUnsigned ? i32x4.minU(a, constant(1)) : i32x4.maxS(i32x4.minS(a, constant(1)), constant(-1)),
  add: (a, b) => i32x4.add(a, b),
  sub: (a, b) => i32x4.sub(a, b),
  mul: (a, b) => i32x4.mul(a, b),
  max: (a, b, isUnsigned) => (isUnsigned ? i32x4.maxU(a, b) : i32x4.maxS(a, b)),
  min: (a, b, isUnsigned) => (isUnsigned ? i32x4.minU(a, b) : i32x4.minS(a, b)),
  and: (a, b) => v128.and(a, b),
  or: (a, b) => v128.or(a, b),
  xor: (a, b) => v128.xor(a, b),
  not: (a) => v128.not(a),
  floor: (a) => a,
  ceil: (a) => a,
  round: (a) => a,
  trunc: (a) => a,
};

/** An operation on integer operands, held in locals. Vectors shift all lanes by one count, which a constant is. */
export function integerOperation(emitter: Emitter, node: OpNode, operands: readonly Value[]): Value {
  const [a, b] = operands.map((operand) => operand.parts[0] as Code) as [Code, Code];
  const isUnsigned = node.dtype === 'uint32';
  const inline = simple[node.op];
  if (inline !== undefined) {
    const result = inline(a, b, isUnsigned, (value) => emitter.fn.i32(value));
    return wrapped(emitter, vector('i32', result), node.dtype);
  }
  const count = node.op === 'shl' || node.op === 'shr' ? node.operands[1] : undefined;
  if (count?.kind === 'constant' && count.value >= 0 && count.value <= 31) {
    const right = isUnsigned ? i32x4.shrU : i32x4.shrS;
    const shift = node.op === 'shl' ? i32x4.shl : right;
    return wrapped(emitter, vector('i32', shift(a, i32.const(count.value))), node.dtype);
  }
  return byLanes(emitter, node, operands);
}

const truth: Partial<Record<ScalarOpName, (a: Code, b: Code) => Code>> = {
  and: v128.and,
  or: v128.or,
  xor: v128.xor,
  add: v128.or,
  mul: v128.and,
  max: v128.or,
  min: v128.and,
};

/** An operation on truth values. */
export function truthOperation(emitter: Emitter, node: OpNode, operands: readonly Value[]): Value {
  const [a, b] = operands.map((operand) => operand.parts[0] as Code) as [Code, Code];
  const inline = truth[node.op];
  return inline === undefined ? byLanes(emitter, node, operands) : vector('mask', inline(a, b));
}
