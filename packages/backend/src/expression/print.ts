import type { Expression } from './expression.ts';

const infix: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  mod: '%',
  and: '&',
  or: '|',
  xor: '^',
  shl: '<<',
  shr: '>>',
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** An expression as text, for people: `select((in0 <= 0), 0, in0)`. */
export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'input':
      return `in${node.index}`;
    case 'uniform':
      return `u${node.index}`;
    case 'coordinate':
      return `x${node.axis}`;
    case 'constant':
      return Object.is(node.value, -0) ? '-0' : String(node.value);
    case 'cast':
      return `${node.dtype}(${printExpression(node.operand)})`;
    case 'op': {
      const operands = node.operands.map(printExpression);
      const symbol = infix[node.op];
      return symbol === undefined ? `${node.op}(${operands.join(', ')})` : `(${operands.join(` ${symbol} `)})`;
    }
  }
}
