import { categoryOf, type DType, isFloat, isIntegral } from '@gradus/storage';
import { applyOp, convert } from './evaluate.ts';
import { castNode, constant, type Expression, opNode } from './expression.ts';
import type { ScalarOpName } from './scalar.ts';

/** An operand of a builder function: a number becomes a constant of the other operands' dtype. */
export type Operand = Expression | number;

/** Names of the scalar operations with one, two and three operands. */
type Unary = (a: Expression) => Expression;
type Binary = (a: Operand, b: Operand) => Expression;

const unary =
  (op: ScalarOpName): Unary =>
  (a) =>
    fold(op, [a]);
const binary =
  (op: ScalarOpName): Binary =>
  (a, b) =>
    fold(op, align(a, b));

export const neg: Unary = (a) => (a.kind === 'op' && a.op === 'neg' ? (a.operands[0] as Expression) : fold('neg', [a]));
export const abs: Unary = unary('abs');
export const sign: Unary = unary('sign');
export const floor: Unary = unary('floor');
export const ceil: Unary = unary('ceil');
export const round: Unary = unary('round');
export const trunc: Unary = unary('trunc');
export const sqrt: Unary = unary('sqrt');
export const exp: Unary = unary('exp');
export const exp2: Unary = unary('exp2');
export const expm1: Unary = unary('expm1');
export const log: Unary = unary('log');
export const log2: Unary = unary('log2');
export const log10: Unary = unary('log10');
export const log1p: Unary = unary('log1p');
export const sin: Unary = unary('sin');
export const cos: Unary = unary('cos');
export const tan: Unary = unary('tan');
export const asin: Unary = unary('asin');
export const acos: Unary = unary('acos');
export const atan: Unary = unary('atan');
export const sinh: Unary = unary('sinh');
export const cosh: Unary = unary('cosh');
export const tanh: Unary = unary('tanh');
export const asinh: Unary = unary('asinh');
export const acosh: Unary = unary('acosh');
export const atanh: Unary = unary('atanh');
export const sigmoid: Unary = unary('sigmoid');
export const erf: Unary = unary('erf');
export const erfc: Unary = unary('erfc');
export const erfinv: Unary = unary('erfinv');
export const lgamma: Unary = unary('lgamma');
export const digamma: Unary = unary('digamma');
export const bitwiseNot: Unary = unary('not');

export const add: Binary = binary('add');
export const sub: Binary = binary('sub');
export const mul: Binary = binary('mul');
export const div: Binary = binary('div');
export const mod: Binary = binary('mod');
export const fmod: Binary = binary('fmod');
export const pow: Binary = binary('pow');
export const atan2: Binary = binary('atan2');
export const max: Binary = binary('max');
export const min: Binary = binary('min');
export const copysign: Binary = binary('copysign');
export const zeta: Binary = binary('zeta');
export const and: Binary = binary('and');
export const or: Binary = binary('or');
export const xor: Binary = binary('xor');
export const shl: Binary = binary('shl');
export const shr: Binary = binary('shr');
export const eq: Binary = binary('eq');
export const ne: Binary = binary('ne');
export const lt: Binary = binary('lt');
export const le: Binary = binary('le');
export const gt: Binary = binary('gt');
export const ge: Binary = binary('ge');

/** `then` where the condition (bool) holds, else `otherwise`. */
export function select(condition: Expression, then: Operand, otherwise: Operand): Expression {
  const [a, b] = align(then, otherwise) as [Expression, Expression];
  if (condition.kind === 'constant') return condition.value !== 0 ? a : b;
  return a === b ? a : opNode('select', [condition, a, b]);
}

/** Whether a value is not a number; false for integers. */
export function isNaN(a: Expression): Expression {
  return isFloat(a.dtype) ? ne(a, a) : constant(0, 'bool');
}

/** Logical negation of a bool. */
export function not(a: Expression): Expression {
  return xor(a, constant(1, 'bool'));
}

export function cast(a: Expression, dtype: DType): Expression {
  if (a.dtype === dtype) return a;
  if (a.kind === 'constant') return constant(convert(a.value, dtype), dtype);
  return castNode(a, dtype);
}

function align(a: Operand, b: Operand): readonly Expression[] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? constant(b, a.dtype) : b];
  if (typeof b !== 'number') return [constant(a, b.dtype), b];
  return [constant(a, 'float32'), constant(b, 'float32')];
}

/** The node for an operation, or what it comes to: constants are computed, exact identities dropped. */
function fold(op: ScalarOpName, operands: readonly Expression[]): Expression {
  const [a, b] = operands as [Expression, Expression];
  const identity = operands.length === 2 ? exactIdentity(op, a, b) : null;
  if (identity !== null) return identity;
  const node = opNode(op, operands) as Expression & { kind: 'op' };
  if (!operands.every((operand) => operand.kind === 'constant')) return node;
  const [x, y, z] = operands.map((operand) => (operand as { value: number }).value);
  return constant(applyOp(node, x as number, y as number, z as number), node.dtype);
}

/** Identities that hold for every value, NaN, infinities and -0 included: x * 1, x / 1, x - 0, x + -0 (not x + 0, not x * 0). */
function exactIdentity(op: ScalarOpName, a: Expression, b: Expression): Expression | null {
  if (categoryOf(a.dtype) === 'bool') return null;
  const integer = isIntegral(a.dtype);
  const isConstant = (node: Expression, value: number): boolean =>
    node.kind === 'constant' && (Object.is(node.value, value) || (integer && node.value === value));
  if (op === 'mul') return isConstant(b, 1) ? a : isConstant(a, 1) ? b : null;
  if (op === 'add') return isConstant(b, -0) ? a : isConstant(a, -0) ? b : null;
  if (op === 'sub') return isConstant(b, 0) ? a : null;
  if (op === 'div' || op === 'pow') return isConstant(b, 1) ? a : null;
  return null;
}
