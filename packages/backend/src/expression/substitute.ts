import * as build from './builder.ts';
import { type Expression, opNode, topologicalOrder } from './expression.ts';

/**
 * The expressions with some nodes replaced. `replace` sees every node, operands first, and answers its replacement or
 * undefined to keep it (rebuilt over its replaced operands).
 */
export function substitute(
  roots: readonly Expression[],
  replace: (node: Expression) => Expression | undefined,
): readonly Expression[] {
  const replaced = new Map<Expression, Expression>();
  const of = (node: Expression): Expression => replaced.get(node) as Expression;
  for (const node of topologicalOrder(roots)) replaced.set(node, replace(node) ?? rebuild(node, of));
  return roots.map(of);
}

function rebuild(node: Expression, of: (operand: Expression) => Expression): Expression {
  if (node.kind === 'cast') return build.cast(of(node.operand), node.dtype);
  return node.kind === 'op' ? opNode(node.op, node.operands.map(of)) : node;
}
