import type { OpNode, ScalarOpName } from '@gradus/backend';
import { categoryOf, type DType, isFloat, isIntegral } from '@gradus/storage';

/** JavaScript text of the operations that need no function of their own; the others call `scalarOps`' functions. */
const inline: Partial<Record<ScalarOpName, (a: string, b: string) => string>> = {
  neg: (a) => `-${a}`,
  exp2: (a) => `2 ** ${a}`,
  sigmoid: (a) => `1 / (1 + Math.exp(-${a}))`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  fmod: (a, b) => `${a} % ${b}`,
  and: (a, b) => `${a} & ${b}`,
  or: (a, b) => `${a} | ${b}`,
  xor: (a, b) => `${a} ^ ${b}`,
  not: (a) => `~${a}`,
};

const mathFunctions: ReadonlySet<string> = new Set(
  [
    'abs sign floor ceil trunc sqrt exp expm1 log log2 log10 log1p sin cos tan asin acos atan',
    'sinh cosh tanh asinh acosh atanh atan2 max min',
  ]
    .join(' ')
    .split(' '),
);

const comparisons: Partial<Record<ScalarOpName, string>> = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

const connectives: Partial<Record<ScalarOpName, string>> = { and: '&&', or: '||', xor: '!==' };

/** Text of a value, and of its truth where that is shorter than comparing the value with 0. */
export interface Source {
  readonly value: string;
  readonly condition?: string;
}

/** Text of one operation over its operands' texts. `call` names a function of `scalarOps` that the text may call. */
export function opSource(node: OpNode, operands: readonly Source[], call: (op: ScalarOpName) => string): Source {
  const [a, b, c] = operands as [Source, Source, Source];
  const { op, dtype } = node;
  if (op === 'select') return { value: `(${truth(a)} ? ${b.value} : ${c.value})` };
  if (comparisons[op] !== undefined) return fromCondition(`(${a.value} ${comparisons[op]} ${b.value})`);
  if (dtype === 'bool' && connectives[op] !== undefined) {
    return fromCondition(`(${truth(a)} ${connectives[op]} ${truth(b)})`);
  }
  if (op === 'mul' && isIntegral(dtype)) return { value: wrapSource(`Math.imul(${a.value}, ${b.value})`, dtype) };
  if (op === 'shr' && dtype === 'uint32') {
    return { value: `(${b.value} < 0 || ${b.value} > 31 ? 0 : ${a.value} >>> ${b.value})` };
  }
  const text = inline[op]?.(a.value, b?.value) ?? callSource(op, operands, call);
  return { value: isFloat(dtype) ? `(${text})` : wrapSource(`(${text})`, dtype) };
}

function callSource(op: ScalarOpName, operands: readonly Source[], call: (op: ScalarOpName) => string): string {
  const name = mathFunctions.has(op) ? `Math.${op}` : call(op);
  return `${name}(${operands.map((operand) => operand.value).join(', ')})`;
}

function truth(source: Source): string {
  return source.condition ?? `(${source.value} !== 0)`;
}

function fromCondition(condition: string): Source {
  return { value: `(${condition} ? 1 : 0)`, condition };
}

/** An integer result as its dtype holds it. */
export function wrapSource(text: string, dtype: DType): string {
  if (categoryOf(dtype) === 'bool') return `(${text} === 0 ? 0 : 1)`;
  if (dtype === 'int32') return `(${text} | 0)`;
  if (dtype === 'uint32') return `(${text} >>> 0)`;
  return dtype === 'uint8' ? `(${text} & 255)` : `(${text} << 24 >> 24)`;
}

/** A cast of a value of dtype `from`. Halves are rounded through their 16-bit patterns. */
export function castSource(text: string, from: DType | 'number', to: DType): string {
  if (to === 'float64') return text;
  if (to === 'float32') return widensToFloat32.has(from) ? text : `Math.fround(${text})`;
  if (to === 'float16' || to === 'bfloat16') return loadSource(storeSource(text, to), to);
  return wrapSource(text, to);
}

/** Without the half types: what is computed in them may be beyond float32 until it is rounded. */
const widensToFloat32: ReadonlySet<DType | 'number'> = new Set(['uint8', 'int8', 'bool']);

/** A value as it is read from the typed array of `dtype`. */
export function loadSource(element: string, dtype: DType): string {
  if (dtype === 'float16') return `fromFloat16(${element})`;
  return dtype === 'bfloat16' ? `fromBfloat16(${element})` : element;
}

/** A value as it is put into the typed array of `dtype`, whose own conversion does the rest. */
export function storeSource(value: string, dtype: DType): string {
  if (dtype === 'float16') return `toFloat16(${value})`;
  return dtype === 'bfloat16' ? `toBfloat16(${value})` : value;
}

/** A number as text that reads back as the same number. */
export function literal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.startsWith('-') ? `(${text})` : text;
}
