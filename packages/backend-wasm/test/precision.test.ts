import { expressions as build, constant, type Expression, input, mapProgram } from '@gradus/backend';
import { expect, test } from 'vitest';
import { withSafePrecision } from '../src/codegen/precision.ts';

const x = input(0, 'float32');

/** sum of x^k / k!, written as Horner's rule: two nodes per term. */
function series(terms: number, from: Expression): Expression {
  let sum: Expression = constant(1, 'float32');
  for (let k = terms; k > 0; k--) sum = build.add(build.mul(build.mul(from, 1 / k), sum), 1);
  return sum;
}

test('short programs are computed in their own type', () => {
  const program = mapProgram(['float32'], [], [series(10, x)]);
  expect(withSafePrecision(program)).toBe(program);
});

test('long series are computed in float64 and rounded once, from integers too', () => {
  for (const [dtype, leaf] of [
    ['float32', x],
    ['int32', build.cast(input(0, 'int32'), 'float32')],
  ] as const) {
    const { inputs, outputs } = withSafePrecision(mapProgram([dtype], [], [series(60, leaf)]));
    expect(inputs).toEqual([dtype]);
    expect(outputs[0]).toMatchObject({ kind: 'cast', dtype: 'float32', operand: { kind: 'op', dtype: 'float64' } });
  }
});

test('a program that asks for roundings to float32 keeps them', () => {
  const rounded = build.cast(build.cast(series(60, x), 'float16'), 'float32');
  const program = mapProgram(['float32'], [], [build.add(rounded, 1)]);
  expect(withSafePrecision(program)).toBe(program);
});
