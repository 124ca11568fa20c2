import type { ScalarOpName } from '@gradus/backend';
import { BackendError, type DType } from '@gradus/storage';
import { type ValueType, valueType } from './value-type.ts';

type Write = (a: string, b: string, c: string) => string;

const call =
  (name: string): Write =>
  (a) =>
    `${name}(${a})`;
const call2 =
  (name: string): Write =>
  (a, b) =>
    `${name}(${a}, ${b})`;
const infix =
  (symbol: string): Write =>
  (a, b) =>
    `(${a} ${symbol} ${b})`;
const same: Write = (a) => a;

/** What reads the same for all types. */
const common: Partial<Record<ScalarOpName, Write>> = {
  eq: infix('=='),
  ne: infix('!='),
  select: (a, b, c) => `select(${c}, ${b}, ${a})`,
};

const numeric: Partial<Record<ScalarOpName, Write>> = {
  ...common,
  lt: infix('<'),
  le: infix('<='),
  gt: infix('>'),
  ge: infix('>='),
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  abs: call('abs'),
};

const whole: Partial<Record<ScalarOpName, Write>> = {
  ...numeric,
  floor: same,
  ceil: same,
  round: same,
  trunc: same,
  max: call2('max'),
  min: call2('min'),
  and: infix('&'),
  or: infix('|'),
  xor: infix('^'),
  not: (a) => `(~${a})`,
};

/** Operations by the type that they are computed in. */
const table: Readonly<Record<ValueType, Partial<Record<ScalarOpName, Write>>>> = {
  f32: {
    ...numeric,
    ne: call2('differs'),
    neg: (a) => `(-${a})`,
    div: infix('/'),
    sign: call('sign32'),
    floor: call('floor'),
    ceil: call('ceil'),
    round: call('round'),
    trunc: call('trunc'),
    sqrt: call('sqrt'),
    exp: call('exp32'),
    exp2: call('exp2_32'),
    expm1: call('expm1_32'),
    log: call('log32'),
    log2: call('log2_32'),
    log10: call('log10_32'),
    log1p: call('log1p32'),
    sin: call('sin32'),
    cos: call('cos32'),
    tan: call('tan32'),
    asin: call('asin32'),
    acos: call('acos32'),
    atan: call('atan32'),
    sinh: call('sinh32'),
    cosh: call('cosh32'),
    tanh: call('tanh32'),
    asinh: call('asinh32'),
    acosh: call('acosh32'),
    atanh: call('atanh32'),
    sigmoid: call('sigmoid32'),
    erf: call('erf32'),
    erfc: call('erfc32'),
    erfinv: call('erfinv32'),
    lgamma: call('lgamma32'),
    digamma: call('digamma32'),
    mod: call2('mod32'),
    fmod: call2('fmod32'),
    pow: call2('pow32'),
    atan2: call2('atan2_32'),
    max: call2('max32'),
    min: call2('min32'),
    copysign: call2('copySign'),
    zeta: call2('zeta32'),
  },
  i32: {
    ...whole,
    neg: (a) => `(-${a})`,
    sign: call('sign'),
    div: call2('divInt'),
    mod: call2('modInt'),
    fmod: call2('fmodInt'),
    pow: call2('powInt'),
    shl: call2('shlInt'),
    shr: call2('shrInt'),
    copysign: (a, b) => `select(abs(${a}), -abs(${a}), ${b} < 0)`,
  },
  u32: {
    ...whole,
    neg: (a) => `(0u - ${a})`,
    sign: (a) => `min(${a}, 1u)`,
    div: call2('divUint'),
    mod: call2('fmodUint'),
    fmod: call2('fmodUint'),
    pow: call2('powUint'),
    shl: call2('shlUint'),
    shr: call2('shrUint'),
    copysign: same,
  },
  bool: {
    ...common,
    lt: (a, b) => `(!${a} & ${b})`,
    le: (a, b) => `(!${a} | ${b})`,
    gt: (a, b) => `(${a} & !${b})`,
    ge: (a, b) => `(${a} | !${b})`,
    and: infix('&'),
    or: infix('|'),
    xor: infix('!='),
    max: infix('|'),
    min: infix('&'),
    add: infix('|'),
    sub: infix('!='),
    mul: infix('&'),
  },
};

/** One operation on values of `dtype` (that of its last operand), written out. */
export function scalarSource(op: ScalarOpName, dtype: DType, operands: readonly string[]): string {
  const [a, b, c] = operands as [string, string, string];
  // Not to be left to a compiler that takes every number for one.
  if (valueType(dtype) === 'f32' && a === b && (op === 'ne' || op === 'eq'))
    return op === 'ne' ? `isNan(${a})` : `!isNan(${a})`;
  const write = table[valueType(dtype)][op];
  if (write === undefined) {
    // Truth values are 0 and 1 to arithmetic.
    const numbers = operands.map((operand) => `i32(${operand})`);
    if (dtype === 'bool') return `(${scalarSource(op, 'int32', numbers)} != 0)`;
    throw new BackendError(`webgpu: ${op} has no meaning for ${dtype}; cast to float32 first`);
  }
  return wrapped(write(a, b, c), op, dtype);
}

const comparisons: ReadonlySet<ScalarOpName> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'select']);

/** Results of 8-bit integers wrap; wider ones do so by themselves. */
function wrapped(value: string, op: ScalarOpName, dtype: DType): string {
  return comparisons.has(op) ? value : wrap(value, dtype);
}

export function wrap(value: string, dtype: DType): string {
  if (dtype === 'uint8') return `(${value} & 255u)`;
  return dtype === 'int8' ? `extractBits(${value}, 0u, 8u)` : value;
}

/** A value of one dtype as one of another. */
export function castSource(value: string, from: DType, to: DType): string {
  const [source, target] = [valueType(from), valueType(to)];
  if (to === 'float16' && from !== to) return `fromFloat16(toFloat16(${castSource(value, from, 'float32')}))`;
  if (to === 'bfloat16' && from !== to) return `fromBfloat16(toBfloat16(${castSource(value, from, 'float32')}))`;
  if (source === target) return wrap(value, to);
  if (target === 'bool')
    return source === 'f32' ? `isTrue(${value})` : `(${value} != ${source === 'u32' ? '0u' : '0'})`;
  if (source !== 'f32') return wrap(`${target}(${value})`, to);
  if (to === 'uint8') return wrap(`bitcast<u32>(toInt(${value}))`, to);
  return wrap(target === 'i32' ? `toInt(${value})` : `toUint(${value})`, to);
}
