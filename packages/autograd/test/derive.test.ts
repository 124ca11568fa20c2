import { type Expression, expressions as e, evaluate, input } from '@gradus/backend';
import '@gradus/backend/special';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derive } from '../src/index.ts';

const x = input(0, 'float64');
const y = input(1, 'float64');
const g = input(2, 'float64');

function at(node: Expression, values: readonly number[]): number {
  return evaluate(node, { input: (i) => values[i] as number, uniform: () => 0, coordinate: () => 0 });
}

/** d root / d leaf by central differences. */
function slope(root: Expression, values: readonly number[], leaf: number): number {
  const step = 1e-5;
  const moved = (delta: number): number =>
    at(
      root,
      values.map((value, i) => (i === leaf ? value + delta : value)),
    );
  return (moved(step) - moved(-step)) / (2 * step);
}

const unary = [
  'neg',
  'abs',
  'sqrt',
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
  'atanh',
  'sigmoid',
  'erf',
  'erfc',
  'erfinv',
  'lgamma',
  'digamma',
] as const;
const binary = ['add', 'sub', 'mul', 'div', 'mod', 'fmod', 'pow', 'atan2', 'max', 'min', 'copysign'] as const;

describe('derive', () => {
  it.each(unary)('%s agrees with differences', (name) => {
    const root = e[name](x);
    const gradient = derive([root], [g]).get(x) as Expression;
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.9, noNaN: true }), (value) => {
        expect(at(gradient, [value, 0, 2])).toBeCloseTo(2 * slope(root, [value, 0, 0], 0), 4);
      }),
      { numRuns: 30 },
    );
  });

  it('acosh agrees with differences above 1', () => {
    const root = e.acosh(x);
    const gradient = derive([root], [g]).get(x) as Expression;
    expect(at(gradient, [2.5, 0, 1])).toBeCloseTo(slope(root, [2.5, 0, 0], 0), 6);
  });

  it.each(binary)('%s agrees with differences in both operands', (name) => {
    const root = e[name](x, y);
    const adjoints = derive([root], [g]);
    for (const [leaf, node] of [x, y].entries()) {
      const gradient = adjoints.get(node);
      for (const values of [
        [0.7, 0.3, 1],
        [1.9, 0.8, 1],
        [0.4, 1.7, 1],
      ] as const) {
        const found = gradient === undefined ? 0 : at(gradient, values);
        expect(found, `${name} operand ${leaf} at ${values}`).toBeCloseTo(slope(root, values, leaf), 4);
      }
    }
  });

  it('sums over the paths from a shared node', () => {
    const shared = e.exp(x);
    const root = e.mul(shared, e.add(shared, x));
    const gradient = derive([root], [g]).get(x) as Expression;
    expect(at(gradient, [0.3, 0, 1])).toBeCloseTo(slope(root, [0.3, 0, 0], 0), 6);
  });

  it('sends the gradient into the taken branch only', () => {
    const root = e.select(e.gt(x, 0), e.log(x), 0);
    const gradient = derive([root], [g]).get(x) as Expression;
    expect(Math.abs(at(gradient, [-1, 0, 1]))).toBe(0);
  });

  it('gives nothing for what has no slope', () => {
    expect(derive([e.floor(x)], [g]).get(x)).toBeUndefined();
    expect(derive([e.cast(e.gt(x, y), 'float64')], [g]).get(x)).toBeUndefined();
  });

  it('halves the gradient between equal operands of max, as PyTorch does', () => {
    const adjoints = derive([e.max(x, y)], [g]);
    expect(at(adjoints.get(x) as Expression, [2, 2, 1])).toBe(0.5);
    expect(at(adjoints.get(y) as Expression, [2, 2, 1])).toBe(0.5);
  });
});
