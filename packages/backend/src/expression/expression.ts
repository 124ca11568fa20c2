import { categoryOf, type DType, DTypeError } from '@gradus/storage';
import { type ScalarOpName, scalarOps } from './scalar.ts';

/**
 * A typed scalar expression: what a Map or Reduce kernel computes for one element. Expressions are immutable and
 * interned: equal structure means the same object, so backends cache compiled code by identity.
 */
export type Expression = InputNode | UniformNode | ConstantNode | CoordinateNode | CastNode | OpNode;

interface Node {
  /** Unique per structure; operands always have smaller ids than what is made of them. */
  readonly id: number;
  readonly dtype: DType;
}

/** The element of the kernel's input `index` at the current coordinates. */
export interface InputNode extends Node {
  readonly kind: 'input';
  readonly index: number;
}

/** A number that comes with the launch: what differs between calls without needing another kernel. */
export interface UniformNode extends Node {
  readonly kind: 'uniform';
  readonly index: number;
}

/** A number that is part of the structure: 0, 1, sqrt(2 / pi). */
export interface ConstantNode extends Node {
  readonly kind: 'constant';
  readonly value: number;
}

/** The current index along an axis of the kernel's iteration space, int32. */
export interface CoordinateNode extends Node {
  readonly kind: 'coordinate';
  readonly axis: number;
}

/** Conversion of dtype: floats to integers truncate, anything non-zero is true, integers wrap. */
export interface CastNode extends Node {
  readonly kind: 'cast';
  readonly operand: Expression;
}

export interface OpNode extends Node {
  readonly kind: 'op';
  readonly op: ScalarOpName;
  readonly operands: readonly Expression[];
}

const interned = new Map<string, Expression>();

type WithoutId<T> = T extends Node ? Omit<T, 'id'> : never;

function intern(key: string, node: WithoutId<Expression>): Expression {
  let found = interned.get(key);
  if (found === undefined) {
    found = { ...node, id: interned.size } as Expression;
    interned.set(key, found);
  }
  return found;
}

export function input(index: number, dtype: DType): Expression {
  return intern(`i${index}:${dtype}`, { kind: 'input', index, dtype });
}

export function uniform(index: number, dtype: DType): Expression {
  return intern(`u${index}:${dtype}`, { kind: 'uniform', index, dtype });
}

/** A constant of `dtype`; -0 and 0 are different constants, all NaNs are one. */
export function constant(value: number, dtype: DType): Expression {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return intern(`c${text}:${dtype}`, { kind: 'constant', value, dtype });
}

export function coordinate(axis: number): Expression {
  return intern(`x${axis}`, { kind: 'coordinate', axis, dtype: 'int32' });
}

/** The bare cast node; the builder's `cast` folds constants and drops casts to the same dtype. */
export function castNode(operand: Expression, dtype: DType): Expression {
  return intern(`(${dtype})${operand.id}`, { kind: 'cast', operand, dtype });
}

/** The bare op node, its operands' dtypes checked; the builder's functions fold constants first. */
export function opNode(op: ScalarOpName, operands: readonly Expression[]): Expression {
  const dtype = resultDType(op, operands);
  return intern(`${op}(${operands.map((operand) => operand.id).join()})`, { kind: 'op', op, operands, dtype });
}

function resultDType(op: ScalarOpName, operands: readonly Expression[]): DType {
  const { arity, result } = scalarOps[op];
  const peers = result === 'branch' ? operands.slice(1) : operands;
  const dtype = (peers[0] as Expression).dtype;
  const agree = operands.length === arity && peers.every((peer) => peer.dtype === dtype);
  if (!agree || (result === 'branch' && categoryOf((operands[0] as Expression).dtype) !== 'bool')) {
    throw new DTypeError(`${op}: operands of dtypes ${operands.map((o) => o.dtype).join(', ')}; cast them first`);
  }
  return result === 'bool' ? 'bool' : dtype;
}

/** The direct operands of a node. */
export function operandsOf(node: Expression): readonly Expression[] {
  if (node.kind === 'op') return node.operands;
  return node.kind === 'cast' ? [node.operand] : [];
}

/** Every node below the roots, operands before their users, each once. */
export function topologicalOrder(roots: readonly Expression[]): readonly Expression[] {
  const seen = new Set<Expression>();
  const stack = [...roots];
  while (stack.length > 0) {
    const node = stack.pop() as Expression;
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push(...operandsOf(node));
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
