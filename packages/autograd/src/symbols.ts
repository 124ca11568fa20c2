import { type Expression, input, substitute, topologicalOrder } from '@gradus/backend';

/** The indices of the inputs that expressions read. */
export function symbolsOf(roots: readonly Expression[]): readonly number[] {
  return topologicalOrder(roots).flatMap((node) => (node.kind === 'input' ? [node.index] : []));
}

/** The expressions over just the inputs that they read, renumbered; `read` has their old indices. */
export function compact(expressions: readonly Expression[]): { roots: readonly Expression[]; read: readonly number[] } {
  const read = [...symbolsOf(expressions)].sort((a, b) => a - b);
  const roots = substitute(expressions, (node) =>
    node.kind === 'input' ? input(read.indexOf(node.index), node.dtype) : undefined,
  );
  return { roots, read };
}
