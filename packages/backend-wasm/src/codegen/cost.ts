import { type Expression, type ScalarOpName, topologicalOrder } from '@gradus/backend';

// Nanoseconds per element, in vectors of four: of an operand that is read or written, of an instruction, of a polynomial.
const OPERAND = 0.15;
const INSTRUCTION = 0.05;
const POLYNOMIAL = 0.8;

const polynomials: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>([
  'exp',
  'exp2',
  'expm1',
  'log',
  'log2',
  'log10',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'sigmoid',
  'erf',
  'erfc',
  'pow',
  'atan2',
]);

/** About how many nanoseconds an element of these expressions takes, with so many operands in memory. */
export function elementCost(roots: readonly Expression[], operands: number): number {
  const nodes = topologicalOrder(roots).map((node) => {
    return node.kind === 'op' && polynomials.has(node.op) ? POLYNOMIAL : INSTRUCTION;
  });
  return nodes.reduce((sum, cost) => sum + cost, OPERAND * operands);
}
