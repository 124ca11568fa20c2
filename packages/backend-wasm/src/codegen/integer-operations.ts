import type { OpNode, ScalarOpName } from '@gradus/backend';
import type { DType } from '@gradus/storage';
import { type Code, f64x2, i32, i32x4, v128 } from '../assembler/index.ts';
import { converted, wrapped } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { byLanes } from './scalar-calls.ts';
import { held, type Value, vector } from './value.ts';

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

type InDoubles = (emitter: Emitter, a: Code, b: Code, dtype: DType) => Code;

/**
 * Operations on 32-bit integers that float64 does exactly: a quotient that is no integer is further from the next one than its
 * rounding goes. A zero divisor gives 0.
 */
const inDoubles: Partial<Record<ScalarOpName, InDoubles>> = {
  div: ({ fn }, a, b, dtype) => {
    const quotient = fn.let(v128.and(f64x2.trunc(f64x2.div(a, b)), f64x2.ne(b, fn.f64(0))));
    if (dtype !== 'int32') return quotient;
    // The lowest number by -1 is one too many, and wraps.
    return f64x2.sub(quotient, v128.and(fn.f64(2 ** 32), f64x2.eq(quotient, fn.f64(2 ** 31))));
  },
  fmod: remainder,
  mod: (emitter, a, b) => {
    const { fn } = emitter;
    const rest = fn.let(remainder(emitter, a, b));
    const differs = v128.xor(f64x2.lt(rest, fn.f64(0)), f64x2.lt(b, fn.f64(0)));
    const isWrong = v128.and(f64x2.ne(rest, fn.f64(0)), differs);
    return f64x2.add(rest, v128.and(b, isWrong));
  },
};

/** With the sign of the dividend. */
function remainder(_: Emitter, a: Code, b: Code): Code {
  return f64x2.sub(a, f64x2.mul(f64x2.trunc(f64x2.div(a, b)), b));
}

function throughDoubles(emitter: Emitter, node: OpNode, operands: readonly Value[], body: InDoubles): Value {
  const [a, b] = operands.map((operand) => held(emitter, converted(emitter, operand, node.dtype, 'float64'))) as [
    Value,
    Value,
  ];
  const parts = a.parts.map((part, i) => emitter.fn.let(body(emitter, part, b.parts[i] as Code, node.dtype)));
  return converted(emitter, { kind: 'f64', parts }, 'float64', node.dtype);
}

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
  const wide = inDoubles[node.op];
  return wide === undefined ? byLanes(emitter, node, operands) : throughDoubles(emitter, node, operands, wide);
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
