import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import { beforeAll, describe, expect, test } from 'vitest';
import { embedding, embeddingBag, oneHot } from '../src/functional/index.ts';
import { arange, type Tensor, tensor } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

const table = (): Tensor => arange(0, 12, 1, { dtype: 'float64' }).reshape([4, 3]);
const indices = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });

describe('embedding', () => {
  test('gives rows in the shape of the indices', () => {
    expect(embedding(indices([[2, 0]]), table()).toArraySync()).toEqual([
      [
        [6, 7, 8],
        [0, 1, 2],
      ],
    ]);
    expect(embedding(indices([]), table()).shape).toEqual([0, 3]);
  });

  test('shortens rows that are looked up, and no others, in the table itself', () => {
    const weight = tensor(
      [
        [3, 4],
        [6, 8],
        [0.3, 0.4],
      ],
      { dtype: 'float64' },
    );
    const found = embedding(indices([0, 2]), weight, { maxNorm: 1 }).dataSync();
    [0.6, 0.8, 0.3, 0.4].forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 6);
    });
    expect(weight.select(0, 1).toArraySync()).toEqual([6, 8]);
    expect(weight.select(0, 0).norm().itemSync()).toBeCloseTo(1, 6);
  });

  test('needs a table of floats', () => {
    expect(() => embedding(indices([0]), tensor([1, 2]))).toThrow(ShapeError);
  });
});

describe('embeddingBag', () => {
  // PyTorch 1.13.1's numbers: the second bag is empty, class 3 is the padding.
  test.each([
    [
      'sum',
      [
        [6, 8, 10],
        [0, 0, 0],
        [9, 11, 13],
      ],
    ],
    [
      'mean',
      [
        [3, 4, 5],
        [0, 0, 0],
        [4.5, 5.5, 6.5],
      ],
    ],
    [
      'max',
      [
        [6, 7, 8],
        [0, 0, 0],
        [6, 7, 8],
      ],
    ],
  ] as const)('%s of bags that offsets separate', (mode, expected) => {
    const bags = { mode, offsets: indices([0, 2, 2]), paddingIdx: 3 };
    expect(embeddingBag(indices([0, 2, 2, 3, 1]), table(), bags).toArraySync()).toEqual(expected);
    const ended = { ...bags, offsets: indices([0, 2, 2, 5]), includeLastOffset: true };
    expect(embeddingBag(indices([0, 2, 2, 3, 1]), table(), ended).toArraySync()).toEqual(expected);
  });

  test('of rows of indices, with weights', () => {
    const perSampleWeights = tensor(
      [
        [1, 10],
        [0, -1],
      ],
      { dtype: 'float64' },
    );
    const result = embeddingBag(
      indices([
        [0, 1],
        [2, 2],
      ]),
      table(),
      { mode: 'sum', perSampleWeights },
    );
    expect(result.toArraySync()).toEqual([
      [30, 41, 52],
      [-6, -7, -8],
    ]);
  });

  test('refuses weights of means, and offsets of rows', () => {
    const rows = indices([[0, 1]]);
    const perSampleWeights = tensor([[1, 1]], { dtype: 'float64' });
    expect(() => embeddingBag(rows, table(), { perSampleWeights })).toThrow(ArgumentError);
    expect(() => embeddingBag(rows, table(), { offsets: indices([0]) })).toThrow(ArgumentError);
    expect(() => embeddingBag(indices([0, 1]), table())).toThrow(ShapeError);
  });
});

test('oneHot adds an axis of classes', () => {
  const result = oneHot(indices([[0, 2]]), 3);
  expect(result.dtype).toBe('int32');
  expect(result.toArraySync()).toEqual([
    [
      [1, 0, 0],
      [0, 0, 1],
    ],
  ]);
  expect(() => oneHot(tensor([0.5]), 3)).toThrow(DTypeError);
});
