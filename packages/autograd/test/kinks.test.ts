import * as t from '@gradus/tensor';
import { entr, erfcx, i0, i1 } from '@gradus/tensor/special';
import { describe, expect, it } from 'vitest';
import { grad } from '../src/index.ts';
import './setup.ts';

type Op = (...inputs: t.Tensor[]) => t.Tensor;

const double = (data: number[]): t.Tensor => t.tensor(data, { dtype: 'float64', requiresGrad: true });
const listOf = (x: t.Tensor | null | undefined): number[] => (x ? [...x.dataSync()].map(Number) : []);

/** d sum(op) by its first operand, and the derivative of the sum of that. */
function derivatives(op: Op, ...data: number[][]): { readonly first: number[]; readonly second: number[] } {
  const inputs = data.map(double);
  const [first] = grad(t.sum(op(...inputs)), inputs, { createGraph: true, allowUnused: true });
  const [second] = first ? grad(t.sum(first), inputs, { allowUnused: true }) : [];
  return { first: listOf(first), second: listOf(second) };
}

// All numbers are PyTorch's.
describe('where two halves of a function meet', () => {
  it.each<[name: string, op: Op, inputs: number[][], first: number, second: number]>([
    ['logsigmoid', (x) => t.logsigmoid(x as t.Tensor), [[0]], 0.5, -0.25],
    ['logaddexp', (a, b) => t.logaddexp(a as t.Tensor, b as t.Tensor), [[1], [1]], 0.5, 0.25],
    ['hypot', (a, b) => t.hypot(a as t.Tensor, b as t.Tensor), [[3], [3]], Math.SQRT1_2, 1 / (6 * Math.SQRT2)],
    ['elu', (x) => t.elu(x as t.Tensor, 0.8), [[0]], 0.8, 0],
    ['celu', (x) => t.celu(x as t.Tensor, 0.8), [[0]], 1, 0],
    ['i0', (x) => i0(x as t.Tensor), [[0]], 0, 0.5],
    ['i1', (x) => i1(x as t.Tensor), [[0]], 0.5, 0],
  ])('%s', (_, op, inputs, first, second) => {
    const { first: slopes, second: curvatures } = derivatives(op, ...inputs);
    expect(slopes[0]).toBeCloseTo(first, 12);
    expect(curvatures[0] ?? 0).toBeCloseTo(second, 12);
  });
});

describe('at zeros, NaN and infinities', () => {
  it.each<[name: string, op: Op, inputs: number[][], first: number, second: number]>([
    ['hypot of zeros', (a, b) => t.hypot(a as t.Tensor, b as t.Tensor), [[0], [0]], Number.NaN, Number.NaN],
    ['clamp of NaN', (x) => t.clamp(x as t.Tensor, { min: 1 }), [[Number.NaN]], 0, 0],
    ['i1 of NaN', (x) => i1(x as t.Tensor), [[Number.NaN]], 0.5, 0],
    ['i0 beyond its range', (x) => i0(x as t.Tensor), [[800]], Infinity, Number.NaN],
    ['erfcx beyond its range', (x) => erfcx(x as t.Tensor), [[-30]], -Infinity, Infinity],
    ['entr below 0', (x) => entr(x as t.Tensor), [[-2]], Number.NaN, 0.5],
    ['entr of 0', (x) => entr(x as t.Tensor), [[0]], Infinity, -Infinity],
  ])('%s', (_, op, inputs, first, second) => {
    const { first: slopes, second: curvatures } = derivatives(op, ...inputs);
    expect(slopes).toEqual([first]);
    expect(curvatures[0] ?? 0).toEqual(second);
  });

  it('xlogy of NaN passes NaN on', () => {
    const x = double([0]);
    expect(listOf(grad(t.sum(t.xlogy(x, Number.NaN)), [x])[0])).toEqual([Number.NaN]);
  });

  it('remainder takes the quotient that it is the remainder of', () => {
    const [x, y] = [double([0.25]), double([0.001])];
    const [slope] = grad(t.sum(t.remainder(x, y)), [y]);
    expect(listOf(slope)).toEqual([-249]);
  });
});
