import { type Expression, expressions as e, topologicalOrder } from '@gradus/backend';
import { isFloat } from '@gradus/storage';
import { castPartial, partials } from './partials.ts';

/** A gradient that counts only where its condition holds: what a branch of `select` gives may be NaN elsewhere. */
interface Part {
  readonly gradient: Expression;
  readonly when: Expression | null;
}

/**
 * Derivatives of scalar expressions, by reverse accumulation over the expression's graph: for roots r_i with seeds s_i
 * (the gradients that arrive), the expression of sum_i s_i dr_i/dinput for every input that has one. Gradients flow into
 * the branch that `select` takes only, so that what the other branch does (divide by 0) has no influence.
 */
export function derive(
  roots: readonly Expression[],
  seeds: readonly (Expression | null)[],
): ReadonlyMap<Expression, Expression> {
  const parts = new Map<Expression, Part>();
  const accumulate = (node: Expression, gradient: Expression | null, when: Expression | null): void => {
    if (gradient === null || !isFloat(node.dtype)) return;
    const part = { gradient, when };
    const sum = parts.get(node);
    parts.set(node, sum === undefined ? part : join(sum, part));
  };
  roots.forEach((root, i) => {
    accumulate(root, seeds[i] ?? null, null);
  });
  for (const node of [...topologicalOrder(roots)].reverse()) {
    const part = parts.get(node);
    if (part === undefined) continue;
    const { gradient, when } = part;
    if (node.kind === 'cast') accumulate(node.operand, castPartial(node.operand.dtype, gradient), when);
    if (node.kind !== 'op') continue;
    if (node.op === 'select') {
      const [condition, then, otherwise] = node.operands as [Expression, Expression, Expression];
      accumulate(then, gradient, both(when, condition));
      accumulate(otherwise, gradient, both(when, e.not(condition)));
      continue;
    }
    partials[node.op](gradient, node.operands as never, node).forEach((partial, i) => {
      accumulate(node.operands[i] as Expression, partial, when);
    });
  }
  const inputs = [...parts].filter(([node]) => node.kind === 'input');
  return new Map(inputs.map(([node, part]) => [node, settle(part)]));
}

function both(a: Expression | null, b: Expression): Expression {
  return a === null ? b : e.and(a, b);
}

function join(a: Part, b: Part): Part {
  if (a.when === b.when) return { gradient: e.add(a.gradient, b.gradient), when: a.when };
  return { gradient: e.add(settle(a), settle(b)), when: a.when && b.when && e.or(a.when, b.when) };
}

function settle({ gradient, when }: Part): Expression {
  return when === null ? gradient : e.select(when, gradient, 0);
}
