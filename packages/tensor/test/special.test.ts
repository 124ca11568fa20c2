import { HostBackend, use } from '@gradus/backend';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor, type Unary } from '../src/index.ts';
import * as special from '../src/special/index.ts';

beforeAll(() => use(new HostBackend('host')));

const double = (data: number[]): Tensor => tensor(data, { dtype: 'float64' });
const listOf = (x: Tensor): number[] => [...x.dataSync()].map(Number);

/** Agreement up to 1e-12, relative to 1 + |expected|. */
function expectNear(actual: number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((actual[i] as number) - value) / (1 + Math.abs(value))).toBeLessThan(1e-12);
  }
}

// Both sides of every seam between two methods; 20 digits from mpmath.
const far = [0.5, 5, 14.9, 15, 20, 100];
const near = [1e-3, 0.9, 1, 5, 30];
const known: readonly (readonly [name: string, op: Unary, at: number[], expected: readonly number[]])[] = [
  [
    'J0',
    special.besselJ0,
    far,
    [
      0.9384698072408129, -0.1775967713143383, 0.006391544890852907, -0.014224472826780773, 0.16702466434058316,
      0.019985850304223122,
    ],
  ],
  [
    'J1',
    special.besselJ1,
    far,
    [
      0.24226845767487388, -0.327579137591465222, 0.20687617180992505, 0.20510403861352276, 0.06683312417585005,
      -0.07714535201411216,
    ],
  ],
  [
    'Y0',
    special.besselY0,
    far,
    [
      -0.44451873350670656, -0.30851762524903378, 0.2065464347069692, 0.20546429603891827, 0.06264059680938383,
      -0.07724431336508315,
    ],
  ],
  [
    'Y1',
    special.besselY1,
    far,
    [
      -1.47147239267024307, 0.14786314339122684, 0.0005282750764216975, 0.02107362803687351, -0.1655116143625213,
      -0.020372312002759793,
    ],
  ],
  [
    'K0',
    special.modifiedBesselK0,
    near,
    [7.0236888005623813, 0.48673030816290051, 0.42102443824070833, 0.0036910983340425943, 2.1324774964630564e-14],
  ],
  [
    'K1',
    special.modifiedBesselK1,
    near,
    [999.99623815608555, 0.71653357877601905, 0.60190723019723457, 0.0040446134454521643, 2.1677320018915494e-14],
  ],
  [
    'erfcx',
    special.erfcx,
    [-2, 0, 2.4, 2.6, 50],
    [108.94090438997797, 1, 0.21849873453703338, 0.20361324735670926, 0.011281536265323773],
  ],
];

test.each(known)('%s has known values', (_, op, at, expected) => expectNear(listOf(op(double(at))), expected));

test('scaled K is exp(x) K', () => {
  const scaled = [special.scaledModifiedBesselK0, special.scaledModifiedBesselK1];
  const plain = [special.modifiedBesselK0, special.modifiedBesselK1];
  for (const [n, op] of scaled.entries()) {
    const unscaled = listOf((plain[n] as Unary)(double(near)));
    expectNear(
      listOf(op(double(near))),
      unscaled.map((value, i) => value * Math.exp(near[i] as number)),
    );
  }
});

test('the spherical J0 is sin(x) / x', () => {
  expectNear(listOf(special.sphericalBesselJ0(double([0, -2, 7, Infinity]))), [1, Math.sin(2) / 2, Math.sin(7) / 7, 0]);
});

describe('Chebyshev polynomials', () => {
  /** p(n + 1) = 2x p(n) - p(n - 1), from p(0) = 1 and p(1). */
  const byRecurrence = (x: number, n: number, first: number): number => {
    let [before, value] = [1, first];
    for (let k = 1; k < n; k++) [before, value] = [value, 2 * x * value - before];
    return n === 0 ? 1 : value;
  };
  const kinds = [
    ['T', special.chebyshevPolynomialT, special.shiftedChebyshevPolynomialT, (x: number) => x],
    ['U', special.chebyshevPolynomialU, special.shiftedChebyshevPolynomialU, (x: number) => 2 * x],
    ['V', special.chebyshevPolynomialV, special.shiftedChebyshevPolynomialV, (x: number) => 2 * x - 1],
    ['W', special.chebyshevPolynomialW, special.shiftedChebyshevPolynomialW, (x: number) => 2 * x + 1],
  ] as const;
  const points = [-3, -1, -0.9, 0, 0.3, 1, 1.5, 4];

  test.each(kinds)('of kind %s follow their recurrence', (_, plain, shifted, first) => {
    for (let n = 0; n < 8; n++) {
      const expected = points.map((x) => byRecurrence(x, n, first(x)));
      expectNear(listOf(plain(double(points), n)), expected);
      expectNear(listOf(shifted(double(points.map((x) => (x + 1) / 2)), n)), expected);
    }
  });

  test('are 0 for negative orders and take the whole part of others', () => {
    const orders = double([-1, -0.5, 2.9]);
    expectNear(listOf(special.chebyshevPolynomialT(2, orders)), [0, 1, 7]);
  });
});

describe('nextafter', () => {
  test('steps to the neighbour', () => {
    const from = double([1, 1, 0, 0, -1, 5, Infinity, Number.MAX_VALUE, Number.MIN_VALUE]);
    const to = double([2, 0, 1, -1, 0, 5, 0, Infinity, 0]);
    const { EPSILON, MIN_VALUE, MAX_VALUE } = Number;
    const expected = [1 + EPSILON, 1 - EPSILON / 2, MIN_VALUE, -MIN_VALUE, EPSILON / 2 - 1, 5, MAX_VALUE, Infinity, 0];
    expect(listOf(special.nextafter(from, to))).toEqual(expected);
  });

  test('steps on the grid of the dtype', () => {
    expect(listOf(special.nextafter(tensor([1, 0]), 2))).toEqual([1 + 2 ** -23, 2 ** -149]);
  });
});
