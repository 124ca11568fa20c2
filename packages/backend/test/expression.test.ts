import { DTypeError } from '@gradus/storage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expressions as build,
  constant,
  coordinate,
  type Environment,
  type Expression,
  evaluate,
  input,
  printExpression,
  scalarOps,
  substitute,
  topologicalOrder,
  uniform,
} from '../src/index.ts';

const [x, y] = [input(0, 'float64'), input(1, 'float64')];

function at(node: Expression, ...inputs: number[]): number {
  const environment: Environment = {
    input: (index) => inputs[index] as number,
    uniform: (index) => 100 + index,
    coordinate: (axis) => 10 * axis,
  };
  return evaluate(node, environment);
}

/** Numbers that rules of algebra forget. */
const numbers = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

describe('interning', () => {
  test('equal structure is the same object', () => {
    expect(build.add(x, build.mul(y, 2))).toBe(build.add(input(0, 'float64'), build.mul(input(1, 'float64'), 2)));
    expect(build.add(x, y)).not.toBe(build.add(y, x));
    expect(input(0, 'float32')).not.toBe(x);
  });

  test('0 and -0 are two constants, all NaNs one', () => {
    expect(constant(0, 'float32')).not.toBe(constant(-0, 'float32'));
    expect(constant(Number.NaN, 'float32')).toBe(constant(0 / 0, 'float32'));
    expect(constant(1, 'float32')).not.toBe(constant(1, 'int32'));
  });

  test('operands come before their users', () => {
    const root = build.mul(build.add(x, y), build.exp(build.add(x, y)));
    const order = topologicalOrder([root]);
    expect(new Set(order).size).toBe(order.length);
    for (const node of order) {
      if (node.kind === 'op')
        for (const operand of node.operands) expect(order.indexOf(operand)).toBeLessThan(order.indexOf(node));
    }
    expect(order.at(-1)).toBe(root);
  });
});

describe('folding', () => {
  const binary = ['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'fmod', 'eq', 'lt'] as const;

  test('constants give what the operation gives', () => {
    fc.assert(
      fc.property(fc.constantFrom(...binary), numbers, numbers, (op, a, b) => {
        const node = build[op](constant(a, 'float64'), constant(b, 'float64'));
        expect(node).toMatchObject({ kind: 'constant', value: scalarOps[op].evaluate(a, b, 0) });
      }),
    );
  });

  test('no rule changes a value: NaN, infinities and the sign of zero included', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...binary),
        numbers,
        fc.constantFrom(0, -0, 1, -1, 2),
        fc.boolean(),
        (op, value, c, left) => {
          const node = left ? build[op](c, x) : build[op](x, c);
          expect(at(node, value)).toBe(
            left ? scalarOps[op].evaluate(c, value, 0) : scalarOps[op].evaluate(value, c, 0),
          );
        },
      ),
    );
  });

  test('exact identities vanish, inexact ones stay', () => {
    for (const node of [
      build.mul(x, 1),
      build.mul(1, x),
      build.div(x, 1),
      build.sub(x, 0),
      build.add(x, -0),
      build.pow(x, 1),
    ]) {
      expect(node).toBe(x);
    }
    expect(build.neg(build.neg(x))).toBe(x);
    expect(build.add(x, 0)).not.toBe(x);
    expect(build.mul(x, 0).kind).toBe('op');
    expect(build.sub(x, x).kind).toBe('op');
    const n = input(0, 'int32');
    expect(build.add(n, 0)).toBe(n);
  });

  test('selects with a known condition or equal branches', () => {
    const condition = build.lt(x, y);
    expect(build.select(constant(1, 'bool'), x, y)).toBe(x);
    expect(build.select(constant(0, 'bool'), x, y)).toBe(y);
    expect(build.select(condition, x, x)).toBe(x);
  });

  test('casts to the same dtype vanish, casts of constants are computed', () => {
    expect(build.cast(x, 'float64')).toBe(x);
    expect(build.cast(constant(-1.7, 'float32'), 'int32')).toBe(constant(-1, 'int32'));
    expect(build.cast(constant(0.1, 'float64'), 'float32')).toBe(constant(Math.fround(0.1), 'float32'));
    expect(build.cast(constant(300, 'int32'), 'uint8')).toBe(constant(44, 'uint8'));
  });
});

describe('dtypes', () => {
  test('operands must agree', () => {
    expect(() => build.add(x, input(0, 'float32'))).toThrow(DTypeError);
    expect(() => build.select(x, x, y)).toThrow(
      /select: operands of dtypes float64, float64, float64; cast them first/,
    );
    expect(build.lt(x, y).dtype).toBe('bool');
    expect(build.select(build.lt(x, y), x, y).dtype).toBe('float64');
    expect(coordinate(0).dtype).toBe('int32');
  });

  test('integers wrap after every operation', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const [m, n] = [input(0, 'int32'), input(1, 'int32')];
        expect(at(build.mul(m, n), a, b)).toBe(Math.imul(a, b));
        expect(at(build.add(m, n), a, b)).toBe((a + b) | 0);
        const [s, t] = [input(0, 'uint32'), input(1, 'uint32')];
        expect(at(build.mul(s, t), a >>> 0, b >>> 0)).toBe(Math.imul(a, b) >>> 0);
        expect(at(build.shr(s, 4), a >>> 0)).toBe((a >>> 0) >>> 4);
      }),
    );
  });
});

test('what nothing equals is NaN, for floats', () => {
  expect([at(build.isNaN(x), Number.NaN), at(build.isNaN(x), 1)]).toEqual([1, 0]);
  expect(build.isNaN(input(0, 'int32'))).toBe(constant(0, 'bool'));
  expect(at(build.not(build.lt(x, y)), 1, 2)).toBe(0);
});

test('leaves read the environment', () => {
  expect(at(build.add(uniform(1, 'float64'), build.cast(coordinate(2), 'float64')))).toBe(121);
});

test('the branch that is not taken has no influence', () => {
  const safe = build.select(build.gt(x, 0), build.log(x), 0);
  expect(at(safe, -1)).toBe(0);
  expect(at(safe, 1)).toBe(0);
});

describe('max and min', () => {
  test('give the larger and the smaller, and NaN for NaN', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(at(build.max(x, y), a, b)).toBe(Math.max(a, b));
        expect(at(build.min(x, y), a, b)).toBe(Math.min(a, b));
      }),
    );
  });
});

test('printing', () => {
  const relu = build.select(build.le(x, 0), 0, build.mul(x, uniform(0, 'float64')));
  expect(printExpression(relu)).toBe('select((in0 <= 0), 0, (in0 * u0))');
  expect(printExpression(build.cast(build.neg(coordinate(1)), 'float32'))).toBe('float32(neg(x1))');
  expect(printExpression(constant(-0, 'float32'))).toBe('-0');
});

describe('substitute', () => {
  test('replaces nodes and rebuilds what is above them', () => {
    const root = build.add(build.exp(x), build.mul(x, y));
    const [replaced] = substitute([root], (node) => (node === x ? build.neg(y) : undefined)) as [Expression];
    expect(replaced).toBe(build.add(build.exp(build.neg(y)), build.mul(build.neg(y), y)));
  });

  test('is the identity where nothing is replaced', () => {
    const root = build.cast(build.add(build.exp(x), y), 'float32');
    expect(substitute([root], () => undefined)).toEqual([root]);
  });
});
