import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, manualSeed, ones, type Tensor, tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { BatchNorm1d, BatchNorm2d, Conv2d, Embedding, Linear } from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

function expectNumbers(x: Tensor | null, expected: readonly number[], tolerance = 0): void {
  const got = x === null ? [] : [...dataSync(x)];
  expect(got.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((got[i] as number) - value)).toBeLessThanOrEqual(tolerance);
  }
}

describe('a new layer has the parameters of PyTorch for the seed', () => {
  test('Linear: the weight first, then the bias', () => {
    manualSeed(0);
    const { weight, bias } = new Linear(3, 2);
    expectNumbers(weight, [
      ...[-0.004322517663240433, 0.3097158372402191, -0.4751853346824646],
      ...[-0.4248946011066437, -0.2223689705133438, 0.15482072532176971],
    ]);
    expectNumbers(bias, [-0.011439144611358643, 0.45777493715286255]);
  });

  test('Conv2d', () => {
    manualSeed(1);
    const { weight, bias } = new Conv2d(1, 2, 2);
    expectNumbers(weight, [
      ...[0.2576315999031067, -0.22068911790847778, -0.09693074226379395, 0.23468446731567383],
      ...[-0.4707184433937073, 0.29985862970352173, -0.1028626561164856, 0.2543719410896301],
    ]);
    expectNumbers(bias, [0.06950849294662476, -0.061222076416015625]);
  });

  test('Embedding: the row of the padding is zero', () => {
    manualSeed(0);
    const { weight } = new Embedding(3, 2, { paddingIdx: 1 });
    const drawn = [1.5409960746765137, -0.293428897857666, 0, 0, -1.0845223665237427, -1.3985954523086548];
    expectNumbers(weight, drawn, 1e-6);
  });
});

describe('BatchNorm', () => {
  test('without momentum it averages over all batches, those before loading too', () => {
    const norm = new BatchNorm1d(2, { momentum: null }).to('float64');
    norm.loadStateDict(
      new Map([
        ['running_mean', tensor([1, 2])],
        ['running_var', tensor([4, 5])],
        ['num_batches_tracked', tensor(3, { dtype: 'int32' })],
      ]),
      { strict: false },
    );
    norm.forward(
      tensor(
        [
          [0, 1],
          [2, 5],
        ],
        { dtype: 'float64' },
      ),
    );
    expectNumbers(norm.runningMean, [1, 2.25], 1e-15);
    expectNumbers(norm.runningVar, [3.5, 5.75], 1e-15);
    expectNumbers(norm.numBatchesTracked, [4]);
  });

  test('without running statistics it uses those of the batch outside training too', () => {
    const norm = new BatchNorm1d(1, { trackRunningStats: false, eps: 0 }).eval();
    expect([...norm.stateDict().keys()]).toEqual(['weight', 'bias']);
    expectNumbers(norm.forward(tensor([[0], [2]])), [-1, 1]);
  });

  test('refuses inputs of another rank', () => {
    expect(() => new BatchNorm2d(2).forward(ones([3, 2]))).toThrow(ShapeError);
    expect(() => new BatchNorm2d(2).forward(ones([3, 2]))).toThrow(
      'BatchNorm2d: expected 4 axes [N, C, ...], got [3, 2]',
    );
  });
});

test('Conv2d refuses groups that do not divide its channels', () => {
  expect(() => new Conv2d(3, 4, 1, { groups: 2 })).toThrow(ArgumentError);
});

test('Embedding: the row of the padding gets no gradient', () => {
  const embedding = new Embedding(3, 2, { paddingIdx: -3 });
  embedding
    .forward(tensor([0, 1, 1], { dtype: 'int32' }))
    .sum()
    .backward();
  expect(toArraySync(embedding.weight.grad as Tensor)).toEqual([
    [0, 0],
    [2, 2],
    [0, 0],
  ]);
  expect(toArraySync(embedding.weight.select(0, 0))).toEqual(toArraySync(zeros([2])));
});

test('Embedding with a largest norm scales down the rows that are looked up', () => {
  const embedding = new Embedding(2, 2, { maxNorm: 1 });
  embedding.loadStateDict(
    new Map([
      [
        'weight',
        tensor([
          [3, 4],
          [3, 4],
        ]),
      ],
    ]),
  );
  expectNumbers(embedding.forward(tensor([1], { dtype: 'int32' })), [0.6, 0.8], 1e-6);
  expectNumbers(embedding.weight, [3, 4, 0.6, 0.8], 1e-6);
});
