import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import {
  bilinear,
  cdist,
  cosineSimilarity,
  linear,
  multiHeadAttention,
  pairwiseDistance,
  pdist,
  scaledDotProductAttention,
  scaledDotProductAttentionWithWeights,
} from '../src/functional/index.ts';
import { glu, ones, prelu, type Tensor, tensor } from '../src/index.ts';

await use(new HostBackend('host'));

const float64 = { dtype: 'float64' } as const;

function expectClose(x: Tensor, expected: readonly number[]): void {
  const values = x.dataSync();
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 9);
  });
}

describe('attention', () => {
  const query = tensor(
    [
      [1, 0],
      [0, 2],
    ],
    float64,
  );
  const key = tensor(
    [
      [1, 1],
      [0, 1],
      [2, 0],
    ],
    float64,
  );
  const value = tensor([[1], [2], [4]], float64);

  // PyTorch 1.13.1's numbers.
  test('a bool mask says which keys take part', () => {
    const mask = tensor([
      [true, false, true],
      [true, true, true],
    ]);
    const { output, weights } = scaledDotProductAttentionWithWeights(query, key, value, { mask });
    expectClose(output, [3.009284648, 1.7709586295]);
    expectClose(weights, [0.3302384507, 0, 0.6697615493, 0.4458082741, 0.4458082741, 0.1083834518]);
    const added = tensor(
      [
        [0, -Infinity, 0],
        [0, 0, 0],
      ],
      float64,
    );
    expectClose(scaledDotProductAttention(query, key, value, { mask: added }), [3.009284648, 1.7709586295]);
  });

  test('causal: no query sees a later key', () => {
    expectClose(scaledDotProductAttention(query, key, value, { isCausal: true }), [1, 1.5]);
  });

  test('a scale of 0 averages; dropping everything leaves nothing', () => {
    expectClose(scaledDotProductAttention(query, key, value, { scale: 0 }), [7 / 3, 7 / 3]);
    expectClose(scaledDotProductAttention(query, key, value, { dropoutP: 1 }), [0, 0]);
  });
});

describe('distances', () => {
  const [a, b] = [
    tensor(
      [
        [0, 0],
        [3, 4],
      ],
      float64,
    ),
    tensor([[3, 4]], float64),
  ];

  test('between all pairs', () => {
    expectClose(cdist(a, b), [5, 0]);
    expectClose(cdist(a, b, { p: 1 }), [7, 0]);
    expectClose(cdist(a, b, { p: Infinity }), [4, 0]);
    expectClose(
      pdist(
        tensor(
          [
            [0, 0],
            [3, 4],
            [6, 8],
          ],
          float64,
        ),
      ),
      [5, 10, 5],
    );
    expect(pdist(ones([1, 2])).shape).toEqual([0]);
    expect(() => cdist(a, ones([2, 3]))).toThrow(ShapeError);
    expect(() => pdist(ones([3]))).toThrow(ShapeError);
  });

  test('between vectors at the same place', () => {
    expectClose(pairwiseDistance(a, b, { eps: 0 }), [5, 0]);
    expect(pairwiseDistance(a, b, { keepdim: true }).shape).toEqual([2, 1]);
    expect(pairwiseDistance(tensor([1, 2], { dtype: 'int32' }), tensor([1, 2], { dtype: 'int32' })).dtype).toBe(
      'float32',
    );
  });

  test('by angles', () => {
    const directions = tensor(
      [
        [1, 0],
        [0, 2],
        [-3, 0],
        [0, 0],
      ],
      float64,
    );
    expectClose(cosineSimilarity(directions, tensor([[5, 0]], float64)), [1, 0, -1, 0]);
    // The norm is that of the broadcast vectors.
    expectClose(cosineSimilarity(ones([2, 1], float64), ones([2, 4], float64)), [1, 1]);
  });
});

describe('layers as functions', () => {
  test('linear and bilinear', () => {
    expectClose(linear(tensor([1, 2], float64), tensor([[3, 4]], float64), tensor([0.5], float64)), [11.5]);
    const weight = tensor(
      [
        [
          [1, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 1],
        ],
      ],
      float64,
    );
    expectClose(
      bilinear(tensor([[2, 3]], float64), tensor([[5, 7]], float64), weight, tensor([1, 0], float64)),
      [11, 21],
    );
    expect(() => linear(ones([3]), ones([2, 2]))).toThrow(ShapeError);
    expect(() => bilinear(ones([1, 2]), ones([1, 3]), ones([1, 2, 2]))).toThrow(ShapeError);
  });

  test('glu and prelu', () => {
    expectClose(
      glu(
        tensor(
          [
            [2, 3],
            [0, 0],
          ],
          float64,
        ),
        { dim: 0 },
      ),
      [1, 1.5],
    );
    expect(() => glu(ones([3]))).toThrow('must have an even size');
    const channels = tensor([[[-1], [-1]]], float64);
    expectClose(prelu(channels, tensor([0.5, 0.25], float64)), [-0.5, -0.25]);
    expectClose(prelu(channels, tensor([2], float64)), [-2, -2]);
    expect(() => prelu(channels, ones([3]))).toThrow(ShapeError);
  });
});

describe('multiHeadAttention', () => {
  const unit = { inProj: ones([12, 4]), outProj: ones([4, 4]) };
  const attend = (options: Omit<Parameters<typeof multiHeadAttention>[4], 'heads'> & { heads?: number }) =>
    multiHeadAttention(ones([3, 2, 4]), ones([5, 2, 4]), ones([5, 2, 4]), unit, { heads: 2, ...options });

  test('weights: their mean, those of each head, or none', () => {
    expect(attend({}).weights?.shape).toEqual([2, 3, 5]);
    expect(attend({ averageAttnWeights: false }).weights?.shape).toEqual([2, 2, 3, 5]);
    expect(attend({ needWeights: false }).weights).toBeNull();
    expectClose(attend({}).output, new Array<number>(24).fill(16));
  });

  test('a query that may look at nothing gives NaN, as in PyTorch', () => {
    const { weights } = attend({ attnMask: ones([3, 5], { dtype: 'bool' }) });
    expect([...(weights?.dataSync() ?? [])].every(Number.isNaN)).toBe(true);
  });

  test('refuses masks, heads and inputs that do not fit', () => {
    expect(() => attend({ heads: 3 })).toThrow(ArgumentError);
    expect(() => attend({ heads: 3 })).toThrow("multiHeadAttention: 3 heads don't divide a width of 4");
    expect(() => attend({ attnMask: ones([5, 3]) })).toThrow('attnMask must be [3, 5] or [4, 3, 5], got [5, 3]');
    expect(() => attend({ keyPaddingMask: ones([2, 3]) })).toThrow('keyPaddingMask must be [2, 5] or [5], got [2, 3]');
    expect(() => attend({ attnMask: ones([3, 5], { dtype: 'int32' }) })).toThrow(DTypeError);
    expect(() => multiHeadAttention(ones([3, 2, 4]), ones([5, 1, 4]), ones([5, 1, 4]), unit, { heads: 2 })).toThrow(
      'needs query, key and value [L, N, E], [S, N, K] and [S, N, V], or all without N; got [3, 2, 4], [5, 1, 4], [5, 1, 4]',
    );
    expect(() => multiHeadAttention(ones([4]), ones([4]), ones([4]), unit, { heads: 2 })).toThrow(ShapeError);
  });
});
