import type { OpNode, ScalarOpName } from '@gradus/backend';
import { type Code, type f32x4, f64x2, i32, v128, when } from '../assembler/index.ts';
import * as math from '../math/index.ts';
import { demote, promote } from './convert.ts';
import type { Emitter } from './emitter.ts';
import { byLanes, doublesByLanes } from './scalar-calls.ts';
import { floatLanes, held, type Value, vector } from './value.ts';

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

/** Functions on vectors of float32. */
const float32: Partial<Record<ScalarOpName, Vector>> = {
  exp: math.exp32,
  log: math.log32,
  sigmoid: math.sigmoid32,
  tanh: math.tanh32,
  erf: math.erf32,
  pow: (emitter, a, b) => throughDoubles(emitter, [a, b], (x, y) => math.pow32(emitter, x, y)),
};

/** Functions on vectors of float64, by which float32 takes those that it doesn't have itself: they are rarer, and rounded once. */
const float64: Partial<Record<ScalarOpName, Vector>> = {
  exp: math.exp64,
  exp2: math.exp264,
  expm1: math.expm164,
  log: math.log64,
  log2: math.log264,
  log10: math.log1064,
  log1p: math.log1p64,
  asin: math.asin64,
  acos: math.acos64,
  atan: math.atan64,
  sinh: math.sinh64,
  cosh: math.cosh64,
  tanh: math.tanh64,
  asinh: math.asinh64,
  acosh: math.acosh64,
  atanh: math.atanh64,
  sigmoid: math.sigmoid64,
  erf: math.erf64,
  erfc: math.erfc64,
  pow: math.pow64,
  atan2: math.atan264,
};

/** Functions on vectors of float64 for all but hard operands, for which the JavaScript engine's own is called. */
interface Guarded {
  /** An i32: whether a lane is hard. */
  readonly isHard: (emitter: Emitter, a: Code, b: Code) => Code;
  readonly compute: Vector;
}

const isLarge: Guarded['isHard'] = ({ fn }, a) => v128.anyTrue(f64x2.gt(f64x2.abs(a), fn.f64(math.MAX_ARGUMENT)));

const guarded: Partial<Record<ScalarOpName, Guarded>> = {
  sin: { isHard: isLarge, compute: (emitter, a) => math.sine64(emitter, a, 0) },
  cos: { isHard: isLarge, compute: (emitter, a) => math.sine64(emitter, a, 1) },
  tan: { isHard: isLarge, compute: math.tan64 },
  fmod: { isHard: math.isHardRemainder, compute: math.fmod64 },
  mod: { isHard: math.isHardRemainder, compute: math.mod64 },
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
  const own = kind === 'f32' ? float32[node.op] : undefined;
  if (own !== undefined) return eachPart(kind, operands, (a, b) => own(emitter, a, b));
  const wide = float64[node.op];
  const guardedWide = guarded[node.op];
  if (wide === undefined && guardedWide === undefined) return byLanes(emitter, node, operands);
  const doubles = kind === 'f64' ? operands : operands.map((value) => promoted(emitter, value.parts[0] as Code));
  const result =
    guardedWide === undefined
      ? eachPart('f64', doubles, (a, b) => fn.let((wide as Vector)(emitter, a, b)))
      : unlessHard(emitter, node, doubles, guardedWide);
  return kind === 'f64' ? result : vector('f32', demote(result.parts));
}

function eachPart(kind: Kind, operands: readonly Value[], body: (a: Code, b: Code) => Code): Value {
  const [a, b] = operands as [Value, Value | undefined];
  return { kind, parts: a.parts.map((part, i) => body(part, b?.parts[i] as Code)) };
}

function promoted(emitter: Emitter, part: Code): Value {
  return held(emitter, promote(emitter, part));
}

/** A function of f32x4 that is computed in f64x2. */
function throughDoubles(emitter: Emitter, parts: readonly [Code, Code], body: (a: Code, b: Code) => Code): Code {
  const doubles = parts.map((part) => promoted(emitter, part));
  return demote(eachPart('f64', doubles, (a, b) => emitter.fn.let(body(a, b))).parts);
}

/** The vector function, or where a lane is hard, the function that defines the operation, lane by lane. */
function unlessHard(emitter: Emitter, node: OpNode, doubles: readonly Value[], { isHard, compute }: Guarded): Value {
  const { fn } = emitter;
  const anyHard = eachPart('f64', doubles, (a, b) => isHard(emitter, a, b)).parts.reduce((a, b) => i32.or(a, b));
  const results = [fn.local('v128'), fn.local('v128')];
  const store = (value: Value): void => {
    for (const [i, local] of results.entries()) fn.emit(local.set(value.parts[i] as Code));
  };
  const exact = fn.collect(() => store(doublesByLanes(emitter, node, doubles)));
  const fast = fn.collect(() => store(eachPart('f64', doubles, (a, b) => compute(emitter, a, b))));
  fn.emit(when(anyHard, exact, fast));
  return { kind: 'f64', parts: results.map((local) => local.get) };
}
