import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { logSoftmax, type Tensor, tensor } from '@gradus/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  binaryCrossEntropy,
  cosineEmbeddingLoss,
  gaussianNllLoss,
  hingeEmbeddingLoss,
  klDiv,
  l1Loss,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  poissonNllLoss,
  softMarginLoss,
  TripletMarginWithDistanceLoss,
  tripletMarginLoss,
} from '../src/index.ts';
import { expectClose } from './close.ts';

// Expected numbers are PyTorch 1.13.1's.

await use(new HostBackend('host'));

const float64 = { dtype: 'float64' } as const;
const integers = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });

let x: Tensor;
let truths: Tensor;
let counts: Tensor;
let signs: Tensor;
let weight: Tensor;

beforeEach(() => {
  x = tensor(
    [
      [0.1, 0.7, -0.3],
      [1.2, -0.5, 0.4],
    ],
    float64,
  );
  truths = tensor(
    [
      [0, 1, 0.25],
      [1, 0, 0.5],
    ],
    float64,
  );
  counts = tensor(
    [
      [0, 1, 3],
      [2, 5, 1],
    ],
    float64,
  );
  signs = tensor(
    [
      [1, -1, 1],
      [-1, 1, -1],
    ],
    float64,
  );
  weight = tensor([2, 1, 0.5], float64);
});

const none = { reduction: 'none' } as const;
const sum = { reduction: 'sum' } as const;

describe('losses of truth values', () => {
  test('binaryCrossEntropy', () => {
    expectClose(binaryCrossEntropy(x.sigmoid(), truths), [0.5378854428909411]);
    expectClose(binaryCrossEntropy(x.sigmoid(), truths, { ...sum, weight }), [3.563806536323009]);
    expect(() => binaryCrossEntropy(x, truths.select(0, 0))).toThrow(ShapeError);
  });

  test('a certain mistake costs 100', () => {
    expectClose(binaryCrossEntropy(tensor([0, 1], float64), tensor([1, 1], float64), none), [100, 0]);
  });

  test('softMarginLoss does not overflow', () => {
    expectClose(softMarginLoss(x, signs), [0.9920521095576076]);
    expectClose(softMarginLoss(tensor([-1000], float64), tensor([1], float64)), [1000]);
  });

  test('multilabelSoftMarginLoss', () => {
    expectClose(multilabelSoftMarginLoss(x, truths), [0.5378854428909411]);
    expectClose(multilabelSoftMarginLoss(x, truths, { ...none, weight }), [0.7355523304222876, 0.4523831816853819]);
  });
});

describe('losses of distributions', () => {
  test('klDiv', () => {
    const logs = logSoftmax(x, 1);
    const means = (['mean', 'sum', 'batchmean'] as const).map((reduction) =>
      klDiv(logs, truths, { reduction }).itemSync(),
    );
    [0.25080400997286645, 1.5048240598371987, 0.7524120299185993].forEach((value, i) => {
      expect(means[i]).toBeCloseTo(value, 10);
    });
    const others = logSoftmax(x.flip(0), 1);
    expectClose(klDiv(logs, others, { ...sum, logTarget: true }), [0.9091733459942771]);
  });

  test('poissonNllLoss of a rate or its logarithm', () => {
    expectClose(poissonNllLoss(x, counts), [1.5297023543863821]);
    expectClose(poissonNllLoss(x, counts, { full: true }), [2.727491534343018]);
    expectClose(poissonNllLoss(x.exp(), counts, { logInput: false }), [1.5297023309489213]);
    expectClose(poissonNllLoss(x.exp(), counts, { ...sum, logInput: false, full: true }), [16.364949065433347]);
  });

  test('gaussianNllLoss with a variance per sample, and none below eps', () => {
    const variance = tensor([0.5, 2], float64);
    expectClose(gaussianNllLoss(x, counts, variance), [3.1337500000000005]);
    expectClose(gaussianNllLoss(x, counts, variance.unsqueeze(1), { ...sum, full: true }), [24.316131199228035]);
    expectClose(gaussianNllLoss(x, counts, x.mul(0), { eps: 0.1 }), [34.04870745350297]);
    expect(() => gaussianNllLoss(x, counts, weight)).toThrow(ShapeError);
  });
});

describe('losses with margins', () => {
  test('hingeEmbeddingLoss and marginRankingLoss', () => {
    expectClose(hingeEmbeddingLoss(x, signs), [0.03333333333333333]);
    expectClose(hingeEmbeddingLoss(x, signs, { ...none, margin: 0.2 }), [0.1, 0, -0.3, 0, -0.5, 0]);
    expectClose(marginRankingLoss(x, counts, signs, { margin: 0.5 }), [1.7333333333333334]);
  });

  test('multiMarginLoss', () => {
    const classes = integers([2, 0]);
    expectClose(multiMarginLoss(x, classes), [0.6]);
    expectClose(multiMarginLoss(x, classes, { ...none, p: 2, margin: 0.5, weight }), [0.51, 0]);
    expect(multiMarginLoss(x.select(0, 0), classes.select(0, 0)).shape).toEqual([]);
    expect(() => multiMarginLoss(x, integers([1]))).toThrow(ShapeError);
    expect(() => multiMarginLoss(x, classes, { p: 3 as 2 })).toThrow(ArgumentError);
  });

  test('multilabelMarginLoss reads classes up to the first -1', () => {
    const classes = integers([
      [2, 0, -1],
      [1, -1, 0],
    ]);
    expectClose(multilabelMarginLoss(x, classes), [1.3666666666666665]);
    expectClose(multilabelMarginLoss(x, classes, none), [1.2, 1.5333333333333332]);
    expectClose(multilabelMarginLoss(x.select(0, 0), classes.select(0, 0)), [1.2]);
  });

  test('cosineEmbeddingLoss', () => {
    const together = integers([1, -1]);
    expectClose(cosineEmbeddingLoss(x, counts, together), [0.5613040301360089]);
    expectClose(
      cosineEmbeddingLoss(x, counts, together, { ...none, margin: -0.5 }),
      [1.082338696959188, 0.5402693633128299],
    );
    const longer = tensor([[1, 2]], float64);
    expect(() => cosineEmbeddingLoss(x, longer, together)).toThrow('cosineEmbeddingLoss: shapes [2, 3] and [1, 2]');
  });

  test("tripletMarginLoss, with a distance of one's own too", () => {
    expectClose(tripletMarginLoss(x, counts, truths), [4.861567511226004]);
    expectClose(tripletMarginLoss(x, counts, truths, { ...none, margin: 3, p: 1, swap: true }), [5.75, 9.099998]);
    const distance = (a: Tensor, b: Tensor): Tensor => l1Loss(a, b, none).sum({ dim: 1 });
    const own = new TripletMarginWithDistanceLoss({ ...none, margin: 3, swap: true, distance });
    expectClose(own.forward(x, counts, truths), [5.75, 9.1]);
    const longer = tensor([[1, 2]], float64);
    expect(() => tripletMarginLoss(x, x, longer)).toThrow('tripletMarginLoss: shapes [2, 3] and [2, 3] and [1, 2]');
  });
});
