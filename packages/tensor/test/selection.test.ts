import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor, zeros } from '../src/index.ts';
import { gcd } from '../src/special/index.ts';
import {
  bincount,
  bincountSync,
  corrcoef,
  cov,
  diff,
  histc,
  histogram,
  histogramdd,
  isin,
  median,
  mode,
  nanquantile,
  trapezoid,
  unique,
  uniqueConsecutive,
  uniqueConsecutiveSync,
  uniqueSync,
} from '../src/statistics/index.ts';

// Expected numbers are PyTorch 1.13.1's.

const backend = new HostBackend('host');
beforeAll(() => use(backend));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const values = (x: Tensor): unknown => x.toArraySync();
const int32 = { dtype: 'int32' } as const;

describe('nonzero', () => {
  test('gives a row of indices per element', async () => {
    const x = tensor([
      [0, 3],
      [nan, 0],
    ]);
    const found = await x.nonzero();
    expect([found.dtype, values(found)]).toEqual([
      'int32',
      [
        [0, 1],
        [1, 0],
      ],
    ]);
    expect(values(x.T.nonzeroSync())).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect((await zeros([2, 3]).nonzero()).shape).toEqual([0, 2]);
    expect((await tensor(5).nonzero()).shape).toEqual([1, 0]);
  });
});

test('maskedSelect broadcasts x and the mask', async () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(values(await x.maskedSelect(tensor([true, false])))).toEqual([1, 3]);
  expect(values(tensor([7]).maskedSelectSync(x.gt(2)))).toEqual([7, 7]);
  expect(values(x.maskedSelectSync(x.gt(9)))).toEqual([]);
});

describe('unique', () => {
  test('gives sorted values, which one each element is, and counts', async () => {
    const {
      values: distinct,
      inverse,
      counts,
    } = await unique(
      tensor([
        [3, 1],
        [3, 2],
      ]),
    );
    expect([distinct, inverse, counts].map(values)).toEqual([
      [1, 2, 3],
      [
        [2, 0],
        [2, 1],
      ],
      [1, 1, 2],
    ]);
    expect(values(uniqueSync(tensor([nan, nan])).values)).toEqual([nan, nan]);
    expect(values(uniqueSync(zeros([0])).counts)).toEqual([]);
  });

  test('orders slices lexicographically', async () => {
    const rows = tensor([
      [1, 2],
      [0, 5],
      [1, 2],
      [0, 3],
    ]);
    const { values: distinct, inverse, counts } = await unique(rows, { dim: 0 });
    expect([distinct, inverse, counts].map(values)).toEqual([
      [
        [0, 3],
        [0, 5],
        [1, 2],
      ],
      [2, 1, 2, 0],
      [1, 1, 2],
    ]);
    expect(values(uniqueSync(rows.T, { dim: 1 }).values)).toEqual([
      [0, 0, 1],
      [3, 5, 2],
    ]);
  });

  test('uniqueConsecutive only joins neighbours', async () => {
    const { values: distinct, inverse, counts } = await uniqueConsecutive(tensor([1, 1, 2, 1]));
    expect([distinct, inverse, counts].map(values)).toEqual([
      [1, 2, 1],
      [0, 0, 1, 2],
      [2, 1, 1],
    ]);
    expect(
      values(
        uniqueConsecutiveSync(
          tensor([
            [1, 1],
            [1, 1],
            [2, 1],
          ]),
          { dim: 0 },
        ).values,
      ),
    ).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('closeness', () => {
  test('isclose', () => {
    const [a, b] = [tensor([1, inf, nan, 1]), tensor([1.000001, inf, nan, 2])];
    expect(values(a.isclose(b))).toEqual([true, true, false, false]);
    expect(values(a.isclose(b, { equalNan: true, atol: 1 }))).toEqual([true, true, true, true]);
    expect(values(tensor([inf]).isclose(tensor([-inf])))).toEqual([false]);
  });

  test('allclose and equal answer booleans', async () => {
    const x = tensor([1, 2]);
    expect([await x.allclose(tensor([1, 2.1])), x.allcloseSync(tensor([1, 2.1]), { rtol: 0.1 })]).toEqual([
      false,
      true,
    ]);
    expect([await x.equal(tensor([1, 2])), x.equalSync(tensor([1, 3])), x.equalSync(tensor([[1, 2]]))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('counting', () => {
  test('bincount', async () => {
    expect(values(await bincount(tensor([1, 3, 1], int32)))).toEqual([0, 2, 0, 1]);
    const weighted = bincountSync(tensor([0, 1, 1], int32), { weights: tensor([0.5, 1, 2]), minlength: 3 });
    expect([weighted.dtype, values(weighted)]).toEqual(['float32', [0.5, 3, 0]]);
    expect(values(bincountSync(tensor([], int32), { minlength: 2 }))).toEqual([0, 0]);
    await expect(bincount(tensor([1]))).rejects.toThrow(DTypeError);
    expect(() => bincountSync(tensor([-1, 2], int32))).toThrow(IndexError);
  });

  test('histograms', () => {
    expect(values(histc(tensor([0, 1, 2, 2, 5, 9, nan]), { bins: 3, min: 0, max: 5 }))).toEqual([2, 2, 1]);
    expect(values(histc(tensor([3, 3]), { bins: 2 }))).toEqual([0, 2]);
    // Inner edges count where rounding their share of the range takes them.
    const edges = tensor([0.1, 0.22, 0.33999999999999997, 0.45999999999999996, 0.58, 0.7], { dtype: 'float64' });
    expect(values(histc(edges, { bins: 5, min: 0.1, max: 0.7 }))).toEqual([1, 2, 0, 1, 2]);
    const { hist, binEdges } = histogram(tensor([0, 1, 2, 2, 5]), 2, { density: true });
    expect(values(hist)).toEqual([0.32, 0.08].map((x) => expect.closeTo(x, 6)));
    expect(values(binEdges)).toEqual([0, 2.5, 5]);
    expect(values(histogram(tensor([1, 2, 6]), tensor([0, 2, 4]), { weight: tensor([1, 10, 100]) }).hist)).toEqual([
      1, 10,
    ]);
  });

  test('histograms of points', () => {
    const points = tensor([
      [0, 1],
      [1, 0],
      [2, 1],
      [2, 2],
      [9, 1],
    ]);
    const { hist, binEdges } = histogramdd(points, [2, tensor([0, 1, 2])], { range: [0, 2, 0, 2] });
    expect(values(hist)).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(binEdges.map(values)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    const weighted = histogramdd(points, 1, { weight: tensor([1, 2, 3, 4, 5]), density: true });
    expect(values(weighted.hist)).toEqual([[expect.closeTo(1 / 18, 6)]]);
    expect(() => histogramdd(points, [1, 2, 3])).toThrow(ArgumentError);
  });

  test('covariance and correlation', () => {
    const x = tensor([
      [0, 1, 2],
      [2, 1, 0],
    ]);
    expect(values(cov(x))).toEqual([
      [1, -1],
      [-1, 1],
    ]);
    expect(values(corrcoef(x))).toEqual([
      [1, -1],
      [-1, 1],
    ]);
    expect(values(cov(tensor([1, 2, 4]), { fweights: tensor([1, 1, 2], int32) }))).toBeCloseTo(2.25, 5);
    expect(() => cov(zeros([1, 1, 1]))).toThrow(ShapeError);
  });
});

test('no intermediate outlives an op', async () => {
  const x = tensor([
    [3, 1, 2],
    [4, 6, nan],
  ]);
  const whole = tensor([12, 18, 7], int32);
  const mask = x.gt(2);
  const two = tensor(2);
  const ops: readonly (() => unknown)[] = [
    () => median(x),
    () => mode(x),
    () => nanquantile(x, 0.3, { dim: 1 }),
    () => x.topk(2),
    () => x.kthvalue(1),
    () => x.logsumexp({ dim: 0 }),
    () => x.std({ dim: 1 }),
    () => x.norm({ p: inf }),
    () => x.renorm(2, 0, 1),
    () => x.dist(x),
    () => trapezoid(x),
    () => diff(x, { n: 2 }),
    () => histc(x),
    () => cov(x),
    () => isin(x, x),
    () => x.fill(two),
    () => gcd(whole, whole),
    () => x.nonzeroSync(),
    () => x.maskedSelectSync(mask),
    () => uniqueSync(x, { dim: 0 }),
    () => unique(x),
    () => bincount(whole),
    () => x.allcloseSync(x),
    () => x.equal(x),
  ];
  const dispose = (result: unknown): void => {
    if (typeof result !== 'object' || result === null) return;
    if ('dispose' in result) (result as Tensor).dispose();
    else for (const part of Object.values(result)) dispose(part);
  };
  for (const op of ops) {
    const before = backend.memory().liveBuffers;
    dispose(await op());
    expect([op.toString(), backend.memory().liveBuffers]).toEqual([op.toString(), before]);
  }
});
