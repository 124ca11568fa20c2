import { applyOp, constant, convert, type Expression, operandsOf, topologicalOrder } from '@gradus/backend';
import { isFloat } from '@gradus/storage';
import { castSource, scalarSource } from './scalar-source.ts';
import { literal, valueType } from './value-type.ts';

/** What the leaves of an expression are called in the code. */
export interface Leaves {
  input(index: number): string;
  uniform(index: number): string;
  coordinate(axis: number): string;
}

/** Statements that compute expressions, and what each is called then. */
export interface ExpressionSource {
  readonly statements: string;
  readonly values: readonly string[];
}

/** Values of the nodes that are known already. */
type Known = ReadonlyMap<Expression, number>;

/** `prefix` keeps the names of several expressions in one function apart. */
export function expressionSource(roots: readonly Expression[], leaves: Leaves, prefix = 'v'): ExpressionSource {
  const names = new Map<Expression, string>();
  const known = new Map<Expression, number>();
  const of = (node: Expression): string => names.get(node) as string;
  const lines: string[] = [];
  for (const node of topologicalOrder(roots)) {
    const folded = fold(node, known);
    const code = nodeSource(folded, of, known, leaves);
    if (folded.kind === 'constant') {
      known.set(node, folded.value);
      names.set(node, code);
      continue;
    }
    const name = `${prefix}${names.size}`;
    lines.push(`  let ${name} = ${code};`);
    names.set(node, name);
  }
  return { statements: lines.join('\n'), values: roots.map(of) };
}

/** The node, or the constant that it comes to: WGSL refuses constant expressions that aren't finite. */
function fold(node: Expression, known: Known): Expression {
  const operands = operandsOf(node).map((operand) => known.get(operand));
  if (operands.length === 0 || operands.includes(undefined)) return node;
  const [a, b, c] = operands as [number, number, number];
  return constant(convert(node.kind === 'op' ? applyOp(node, a, b, c) : a, node.dtype), node.dtype);
}

function nodeSource(node: Expression, of: (operand: Expression) => string, known: Known, leaves: Leaves): string {
  switch (node.kind) {
    case 'input':
      return leaves.input(node.index);
    case 'uniform':
      return leaves.uniform(node.index);
    case 'coordinate':
      return leaves.coordinate(node.axis);
    case 'constant':
      return literal(node.value, valueType(node.dtype));
    case 'cast':
      return castSource(of(node.operand), node.operand.dtype, node.dtype);
    case 'op':
      return opSource(node, of, known);
  }
}

function opSource(
  { op, operands, dtype }: Expression & { kind: 'op' },
  of: (operand: Expression) => string,
  known: Known,
): string {
  const zero = op === 'mul' && isFloat(dtype) ? operands.find((operand) => known.get(operand) === 0) : undefined;
  const other = operands.find((operand) => operand !== zero);
  if (zero !== undefined && other !== undefined) return `timesZero(${of(other)}, ${of(zero)})`;
  return scalarSource(op, (operands.at(-1) as Expression).dtype, operands.map(of));
}
