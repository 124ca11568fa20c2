import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, BackendError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor, zeros } from '../src/index.ts';
import { entr, gcd, i0e, i1, lcm, logit, mvlgamma, polygamma } from '../src/special/index.ts';

const backend = new HostBackend('host');
const other = new HostBackend('other');
beforeAll(() => use(backend));

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const values = (x: Tensor): unknown => x.toArraySync();

describe('to', () => {
  test('converts the dtype, or returns the tensor itself', () => {
    const x = tensor([1.7, -2.5, 0]);
    expect([values(x.int()), values(x.bool()), x.double().dtype]).toEqual([[1, -2, 0], [true, true, false], 'float64']);
    expect(x.to('float32')).toBe(x);
    expect(x.to('host')).toBe(x);
  });

  test('moves a view to another backend', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]).T;
    const there = x.to(other);
    expect([there.backend, values(there)]).toEqual([
      other,
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    const back = await there.select(0, 1).transfer(backend);
    expect([back.backend, values(back)]).toEqual([backend, [2, 4]]);
    expect(await back.transfer(backend)).toBe(back);
    expect(zeros([0, 3]).to(other).shape).toEqual([0, 3]);
  });

  test('without a synchronous read names the way that works', async () => {
    const slow = new HostBackend('slow');
    const read = slow.downloadSync.bind(slow);
    Object.assign(slow, {
      downloadSync: undefined,
      download: async (...place: Parameters<typeof read>) => read(...place),
    });
    const x = zeros([2], { backend: slow });
    expect(() => x.to(backend)).toThrow(BackendError);
    expect(() => x.to(backend)).toThrow("to: backend 'slow' can't be read synchronously: use await x.transfer('host')");
    expect(values(await x.transfer(backend))).toEqual([0, 0]);
  });
});

describe('copies', () => {
  test('clone has memory of its own, detach shares it, contiguous copies where it must', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    x.clone().zero_();
    expect(values(x)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(x.contiguous()).toBe(x);
    expect([x.T.contiguous().layout.isContiguous, values(x.T.contiguous())]).toEqual([
      true,
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    x.detach().zero_();
    expect(values(x)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('writes in place count a version, broadcast and convert', () => {
    const x = zeros([2, 2], { dtype: 'int32' });
    const before = x.storage.version;
    x.copy_(tensor([1.9, 2.9]));
    expect([values(x), x.storage.version]).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      before + 1,
    ]);
    x.select(1, 0).fill_(7);
    expect(values(x)).toEqual([
      [7, 2],
      [7, 2],
    ]);
    expect(values(x.fill(tensor(3)))).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(() => x.fill_(tensor([1]))).toThrow(ShapeError);
  });
});

describe('limits', () => {
  test('clamp takes numbers and tensors', () => {
    const x = tensor([-2, 0.5, 3, nan]);
    expect(values(x.clamp({ min: -1, max: 1 }))).toEqual([-1, 0.5, 1, nan]);
    expect(values(x.clamp({ max: tensor([0, 1, nan, 1]) }))).toEqual([-2, 0.5, nan, nan]);
    expect(values(x.clamp({ min: 2, max: 1 }))).toEqual([1, 1, 1, nan]);
    expect(values(tensor([1, 5], { dtype: 'int32' }).clamp_({ max: 3 }))).toEqual([1, 3]);
    expect(() => x.clamp({})).toThrow(ArgumentError);
  });

  test('nanToNum', () => {
    expect(values(tensor([nan, inf, -inf, 1]).nanToNum({ posinf: 9 }))).toEqual([0, 9, -3.4028234663852886e38, 1]);
    expect(tensor([true]).nanToNum().dtype).toBe('bool');
    expect(values(tensor([nan]).nanToNum_({ nan: 2 }))).toEqual([2]);
  });

  test('roundDecimals and frexp', () => {
    expect(values(tensor([1.25, -0.375], { dtype: 'float64' }).roundDecimals(1))).toEqual([1.2, -0.4]);
    expect(values(tensor([149, 151]).roundDecimals(-2))).toEqual([100, 200]);
    const { mantissa, exponent } = tensor([0.75, 8, -3, 0, inf]).frexp();
    expect([values(mantissa), values(exponent)]).toEqual([
      [0.75, 0.5, -0.75, 0, inf],
      [0, 4, 2, 0, 0],
    ]);
    expect(values(tensor([5e-324, 1e308], { dtype: 'float64' }).frexp().exponent)).toEqual([-1073, 1024]);
  });
});

describe('integers', () => {
  test('gcd and lcm', () => {
    const [a, b] = [
      tensor([12, -18, 0, 1836311903], { dtype: 'int32' }),
      tensor([18, 12, 0, 1134903170], { dtype: 'int32' }),
    ];
    expect(values(gcd(a, b))).toEqual([6, 6, 0, 1]);
    expect(values(lcm(tensor([4, 0], { dtype: 'int32' }), tensor([6], { dtype: 'int32' })))).toEqual([12, 0]);
  });
});

describe('special functions', () => {
  const float64 = { dtype: 'float64' } as const;
  const near = (numbers: readonly number[]): unknown => numbers.map((x) => expect.closeTo(x, 12));

  test('Bessel', () => {
    expect(values(i0e(tensor([0, 1, 20], float64)))).toEqual(near([1, 0.4657596075936404, 0.089780311884826]));
    expect(values(i1(tensor([-2], float64)))).toEqual(near([-1.5906368546373295]));
    expect((values(i1(tensor([20], float64))) as number[])[0]).toBeCloseTo(42454973.385127775, 4);
  });

  test('logit, entr, polygamma, mvlgamma', () => {
    expect(values(logit(tensor([0.5, 2, 0])))).toEqual([0, nan, -inf]);
    expect(values(logit(tensor([0, 1], float64), { eps: 0.25 }))).toEqual(near([-Math.log(3), Math.log(3)]));
    expect(values(entr(tensor([1, 0, -1])))).toEqual([-0, 0, -inf]);
    expect(values(polygamma(tensor([1], float64), 1))).toEqual(near([Math.PI ** 2 / 6]));
    expect(values(mvlgamma(tensor([2], float64), 1))).toEqual(near([0]));
    expect(() => polygamma(tensor([1]), -1)).toThrow(ArgumentError);
  });
});
