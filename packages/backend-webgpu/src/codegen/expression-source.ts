import { type Expression, topologicalOrder } from '@gradus/backend';
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

/** `prefix` keeps the names of several expressions in one function apart. */
export function expressionSource(roots: readonly Expression[], leaves: Leaves, prefix = 'v'): ExpressionSource {
  const names = new Map<Expression, string>();
  const of = (node: Expression): string => names.get(node) as string;
  const lines: string[] = [];
  for (const node of topologicalOrder(roots)) {
    const code = nodeSource(node, of, leaves);
    if (node.kind === 'constant') {
      names.set(node, code);
      continue;
    }
    const name = `${prefix}${names.size}`;
    lines.push(`  let ${name} = ${code};`);
    names.set(node, name);
  }
  return { statements: lines.join('\n'), values: roots.map(of) };
}

function nodeSource(node: Expression, of: (operand: Expression) => string, leaves: Leaves): string {
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
      return scalarSource(node.op, (node.operands.at(-1) as Expression).dtype, node.operands.map(of));
  }
}
