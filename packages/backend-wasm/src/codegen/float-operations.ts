import type { OpNode, ScalarOpName } from '@gradus/backend';
import { type Code, type f32x4, f64x2, i32, v128, when } from '../assembler/index.ts';
import * as math from '../math/index.ts';
import { demote, promote } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { byLanes } from './scalar-calls.ts';
import { floatLanes, held, type Value } from './value.ts';

type Lanes = typeof f32x4 | typeof f64x2;
type Kind = 'f32' | 'f64';
type Simple = (lanes: Lanes, a: Code, b: Code, constant: (value: number) => Code) => Code;

/** Operations that are some instructions, the same for both kinds. Operands are locals. */
const simple: Partial<Record<ScalarOpName, Simple>> = {
  neg: (lanes, a) => lanes.neg(a),
  abs: (lanes, a) => lanes.abs(a),
  sign: (lanes, a, _, constant) => {
    const isNumber = v128.or(lanes.lt(a, constant(0)), lanes.gt(a, constant(0)));
    const signed = v128.bitselect(a, constant(1), constant(-0));
    return v128.bitselect(signed, a, isNumber);
  },
  floor: (lanes, a) => lanes.floor(a),
  ceil: (lanes, a) => lanes.ceil(a),
  round: (lanes, a) => lanes.nearest(a),
  trunc: (lanes, a) => lanes.trunc(a),
  sqrt: (lanes, a) => lanes.sqrt(a),
  add: (lanes, a, b) => lanes.add(a, b),
  sub: (lanes, a, b) => lanes.sub(a, b),
  mul: (lanes, a, b) => lanes.mul(a, b),
  div: (lanes, a, b) => lanes.div(a, b),
  max: (lanes, a, b) => lanes.max(a, b),
  min: (lanes, a, b) => lanes.min(a, b),
  // The sign of NaN is that of a positive number.
  copysign: (lanes, a, b, constant) => v128.bitselect(v128.and(b, lanes.eq(b, b)), a, constant(-0)),
};

type Vector = (emitter: Emitter, a: Code, b: Code) => Code;

const float32: Partial<Record<ScalarOpName, Vector>> = {
  exp: math.exp32,
  log: math.log32,
  sigmoid: math.sigmoid32,
  tanh: math.tanh32,
  erf: math.erf32,
};

const float64: Partial<Record<ScalarOpName, Vector>> = {
  exp: math.exp64,
  log: math.log64,
  sigmoid: math.sigmoid64,
  tanh: math.tanh64,
};

/** float32 functions that are computed in float64: they are rarer, and this way rounded once. */
const throughFloat64: Partial<Record<ScalarOpName, Vector>> = {
  exp2: (emitter, a) => math.exp64(emitter, f64x2.mul(a, emitter.fn.f64(Math.LN2))),
  expm1: math.expm164,
  log2: (emitter, a) => f64x2.mul(math.log64(emitter, a), emitter.fn.f64(Math.LOG2E)),
  log10: (emitter, a) => f64x2.mul(math.log64(emitter, a), emitter.fn.f64(Math.LOG10E)),
  log1p: math.log1p64,
  pow: math.pow64,
  sinh: (emitter, a) => {
    const { fn } = emitter;
    const x = fn.let(a);
    const e = fn.let(math.expm164(emitter, f64x2.abs(x)));
    const magnitude = f64x2.mul(f64x2.add(e, f64x2.div(e, f64x2.add(e, fn.f64(1)))), fn.f64(0.5));
    const finite = v128.bitselect(e, magnitude, f64x2.eq(e, fn.f64(Number.POSITIVE_INFINITY)));
    return v128.bitselect(x, finite, fn.f64(-0));
  },
  cosh: (emitter, a) => {
    const { fn } = emitter;
    const e = fn.let(math.exp64(emitter, f64x2.abs(a)));
    return f64x2.mul(f64x2.add(e, f64x2.div(fn.f64(1), e)), fn.f64(0.5));
  },
};

const periodic: Partial<Record<ScalarOpName, Vector>> = {
  sin: (emitter, a) => math.sine64(emitter, a, 0),
  cos: (emitter, a) => math.sine64(emitter, a, 1),
};

/** An operation on floating-point operands, held in locals. */
export function floatOperation(emitter: Emitter, node: OpNode, operands: readonly Value[]): Value {
  const kind = (operands[0] as Value).kind as Kind;
  const { fn } = emitter;
  const inline = simple[node.op];
  if (inline !== undefined) {
    const lanes = floatLanes[kind];
    const constant = (value: number): Code => fn[kind](value);
    return eachPart(kind, operands, (a, b) => inline(lanes, a, b, constant));
  }
  const own = (kind === 'f32' ? float32 : float64)[node.op];
  if (own !== undefined) return eachPart(kind, operands, (a, b) => own(emitter, a, b));
  const wide = kind === 'f32' ? throughFloat64[node.op] : undefined;
  if (wide !== undefined) return inDoubles(emitter, kind, operands, wide);
  const wave = periodic[node.op];
  return wave === undefined ? byLanes(emitter, node, operands) : reduced(emitter, node, operands, wave);
}

function eachPart(kind: Kind, operands: readonly Value[], body: (a: Code, b: Code) => Code): Value {
  const [a, b] = operands as [Value, Value | undefined];
  return { kind, parts: a.parts.map((part, i) => body(part, b?.parts[i] as Code)) };
}

function inDoubles(emitter: Emitter, kind: Kind, operands: readonly Value[], body: Vector): Value {
  const doubles =
    kind === 'f64' ? operands : operands.map((value) => held(emitter, promote(emitter, value.parts[0] as Code)));
  const result = eachPart('f64', doubles, (a, b) => emitter.fn.let(body(emitter, a, b)));
  return kind === 'f64' ? result : { kind, parts: [demote(result.parts)] };
}

/** A periodic function: by polynomial, or where an argument is too large for that, by the JavaScript engine's own. */
function reduced(emitter: Emitter, node: OpNode, operands: readonly Value[], body: Vector): Value {
  const { fn } = emitter;
  const { kind, parts } = operands[0] as Value;
  const lanes = floatLanes[kind as Kind];
  const limit = fn[kind as Kind](math.MAX_ARGUMENT);
  const results = parts.map(() => fn.local('v128'));
  const isLarge = parts.map((part) => v128.anyTrue(lanes.gt(lanes.abs(part), limit)));
  const store = (value: Value): void => {
    for (const [i, local] of results.entries()) fn.emit(local.set(value.parts[i] as Code));
  };
  const exact = fn.collect(() => store(byLanes(emitter, node, operands)));
  const fast = fn.collect(() => store(inDoubles(emitter, kind as Kind, operands, body)));
  const anyLarge = isLarge.reduce((a, b) => i32.or(a, b));
  fn.emit(when(anyLarge, exact, fast));
  return { kind, parts: results.map((local) => local.get) };
}
