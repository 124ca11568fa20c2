import { HostBackend, use } from '@gradus/backend';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor } from '../src/index.ts';
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
type Elementwise = (x: Tensor) => Tensor;

const known: readonly (readonly [name: string, op: Elementwise, at: number[], expected: readonly number[]])[] = [
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
    'Ai',
    special.airyAi,
    [-30, -7.1, -6.9, -2.1, 0, 1.19, 1.21, 8, 30],
    [
      -0.0879681884568421628, 0.254036328561978364, 0.101687997739764516, 0.163484512999292737, 0.355028053887817239,
      0.107459992416824602, 0.104804267107313064, 4.69220761609923163e-8, 3.20821759155049557e-49,
    ],
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
    const unscaled = listOf((plain[n] as Elementwise)(double(near)));
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

// Both sides of every seam; 18 digits from mpmath.
const shares: readonly (readonly [a: number, x: number, lower: number, upper: number])[] = [
  [0.001, 0.001, 0.99368764670886029, 0.00631235329113970979],
  [0.5, 1.4, 0.905735693158789698, 0.0942643068412103021],
  [0.5, 1.6, 0.926361729879697346, 0.0736382701203026536],
  [20, 21, 0.615737227735657839, 0.384262772264342161],
  [20, 22, 0.693972979437825274, 0.306027020562174726],
  [99, 60, 2.50317546777561029e-6, 0.999997496824532224],
  [99, 99.5, 0.533337750960526799, 0.466662249039473201],
  [99, 150, 0.999996159272488099, 3.84072751190127721e-6],
  [101, 80, 0.0131688548759338545, 0.986831145124066146],
  [101, 99, 0.433643473187444877, 0.566356526812555123],
  [101, 105, 0.66492656573343782, 0.33507343426656218],
  [101, 140, 0.999769508783471343, 0.000230491216528656548],
  [10000.0, 9900, 0.158651192193564657, 0.841348807806435343],
  [10000.0, 10100, 0.841348750447179622, 0.158651249552820378],
  [3, 40, 0.999999999999996427, 3.57286592870022635e-15],
];

test.each(shares)('the incomplete gamma functions of %f and %f are known', (a, x, lower, upper) => {
  const [lowerShare] = listOf(special.igamma(double([a]), x)) as [number];
  const [upperShare] = listOf(special.igammac(double([a]), x)) as [number];
  expect(Math.abs(lowerShare / lower - 1)).toBeLessThan(1e-10);
  expect(Math.abs(upperShare / upper - 1)).toBeLessThan(1e-10);
});

test("incomplete gamma functions at the ends of their ranges are PyTorch's", () => {
  const [inf, nan] = [Infinity, Number.NaN];
  const a = double([0, 0, 1, 1, -1, 1, inf, 1, inf, inf, nan, nan, nan]);
  const x = double([0, 1, 0, -1, 1, inf, 1, nan, inf, nan, 1, 0, inf]);
  expect(listOf(special.igamma(a, x))).toEqual([nan, 1, 0, nan, nan, 1, 0, nan, nan, 0, nan, 0, 1]);
  expect(listOf(special.igammac(a, x))).toEqual([nan, 0, 1, nan, nan, 0, 1, nan, nan, 1, nan, 1, 0]);
});

/** By PyTorch, at 2, 0.5, -1 and infinity. */
const degrees: readonly (readonly [name: string, op: special.Polynomial, byDegree: Record<number, number[]>])[] = [
  ['H', special.hermitePolynomialH, { 1: [4, 1, -2, Infinity], 2: [14, -1, 2, Infinity], 3: [40, -5, 4, Number.NaN] }],
  [
    'He',
    special.hermitePolynomialHe,
    { 1: [2, 0.5, -1, Infinity], 2: [3, -0.75, 0, Infinity], 3: [2, -1.375, 2, Number.NaN] },
  ],
  [
    'L',
    special.laguerrePolynomialL,
    { 1: [-1, 0.5, 2, -Infinity], 2: [-1, 0.125, 3.5, Infinity], 3: [-1 / 3, -7 / 48, 17 / 3, Number.NaN] },
  ],
  [
    'P',
    special.legendrePolynomialP,
    { 1: [2, 0.5, -1, Infinity], 2: [5.5, -0.125, 1, Infinity], 3: [17, -0.4375, -1, Number.NaN] },
  ],
];

test.each(degrees)('the polynomials %s have known values', (_, op, byDegree) => {
  const x = double([2, 0.5, -1, Infinity]);
  for (const [n, values] of Object.entries({ ...byDegree, 0: [1, 1, 1, 1], [-1]: [0, 0, 0, 0] })) {
    const actual = listOf(op(x, Number(n)));
    expectNear(actual.slice(0, 3), values.slice(0, 3));
    expect(actual[3]).toEqual(values[3]);
  }
  const mixed = op(double([0.5]), double([0, 1, 2, 2.7, Number.NaN, Infinity, -3]));
  const [first, second] = [byDegree[1]?.[1] as number, byDegree[2]?.[1] as number];
  expectNear(listOf(mixed), [1, first, second, second, 0, 0, 0]);
});

test('polynomials of any degree that is a number, and of degrees up to 128 element by element', () => {
  const [at] = listOf(special.legendrePolynomialP(double([0.3]), 128)) as [number];
  expectNear([at], [0.00838351902862692897]);
  expect(listOf(special.legendrePolynomialP(double([0.3]), double([129])))).toEqual([Number.NaN]);
  const above = (op: special.Polynomial, n: number): number[] => listOf(op(double([0.3, -1.7]), n));
  expectNear(above(special.legendrePolynomialP, 150), [0.01989569400239514, 7.233228761343395e71]);
  expectNear(above(special.legendrePolynomialP, 129.7), [0.0705204026604449, -4.445951819288207e61]);
  expectNear(above(special.hermitePolynomialH, 150), [-1.1384046509264728e153, 3.7990012132367134e153]);
  expectNear(above(special.hermitePolynomialHe, 150), [5.351839064809297e130, 5.106477609314665e130]);
  expectNear(above(special.laguerrePolynomialL, 150), [0.25207762147797436, 2401960380589.266]);
});

test('what is no degree gives 0', () => {
  for (const n of [-1, Number.NaN, Infinity, 1e20]) {
    expect(listOf(special.chebyshevPolynomialT(double([0.3, 2]), n))).toEqual([0, 0]);
    expect(listOf(special.hermitePolynomialH(double([0.3, 2]), n))).toEqual([0, 0]);
  }
});

// 17 digits from mpmath, relative to the values themselves.
const tails: readonly (readonly [name: string, op: Elementwise, at: number[], expected: readonly number[]])[] = [
  [
    'K0',
    special.scaledModifiedBesselK0,
    [14.9, 15.1, 29.5, 200],
    [0.32206082241985714, 0.31995425735222379, 0.22979408372535612, 0.088567458339296658],
  ],
  [
    'K1',
    special.scaledModifiedBesselK1,
    [14.9, 15.1, 29.5, 200],
    [0.33269794640170976, 0.3303839195945864, 0.23365695525989472, 0.08878860158500368],
  ],
  ['Ai', special.airyAi, [7.9, 8.1, 30], [6.2396400972839405e-8, 3.5224356235735679e-8, 3.2082175915504956e-49]],
];

test.each(tails)('%s keeps its digits far out', (_, op, at, expected) => {
  for (const [i, value] of listOf(op(double(at))).entries()) {
    expect(Math.abs(value / (expected[i] as number) - 1)).toBeLessThan(1e-12);
  }
});
