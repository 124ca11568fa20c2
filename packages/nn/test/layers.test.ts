import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, manualSeed, ones, type Tensor, tensor, toArraySync, zeros } from '@gradus/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose1d,
  Embedding,
  EmbeddingBag,
  InstanceNorm1d,
  Linear,
  MaxPool2d,
  MaxUnpool2d,
  MultiheadAttention,
  Softmax,
  Softmax2d,
  Transformer,
  TransformerEncoderLayer,
} from '../src/index.ts';

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

describe('layers with more than one form', () => {
  test('MaxPool gives indices that MaxUnpool takes back', () => {
    const x = tensor([
      [
        [1, 5, 2],
        [3, 4, 6],
        [7, 0, 8],
      ],
    ]);
    const [values, indices] = new MaxPool2d(2, { returnIndices: true, stride: 1 }).forward(x);
    expect([toArraySync(values), toArraySync(indices)]).toEqual([
      [
        [
          [5, 6],
          [7, 8],
        ],
      ],
      [
        [
          [1, 5],
          [6, 8],
        ],
      ],
    ]);
    const back = new MaxUnpool2d(2, { stride: 1 }).forward(values, indices);
    expect(toArraySync(back)).toEqual([
      [
        [0, 5, 0],
        [0, 0, 6],
        [7, 0, 8],
      ],
    ]);
  });

  test('ConvTranspose chooses its output size', () => {
    const layer = new ConvTranspose1d(1, 1, 3, { stride: 2 });
    const x = ones([1, 1, 4]);
    expect(layer.forward(x).shape).toEqual([1, 1, 9]);
    expect(layer.forward(x, [10]).shape).toEqual([1, 1, 10]);
    expect(layer.forward(x, [1, 1, 10]).shape).toEqual([1, 1, 10]);
    expect(() => layer.forward(x, [11])).toThrow(
      'ConvTranspose1d: outputSize [11] is not to be had from [1, 1, 4]: axis 0 can become 9 to 10',
    );
  });

  test('Softmax without an axis takes the one that old PyTorch chose', () => {
    const rows = new Softmax().forward(zeros([2, 4]));
    const columns = new Softmax().forward(zeros([4, 1, 2]));
    expect([toArraySync(rows.select(0, 0)), toArraySync(columns.sum())]).toEqual([[0.25, 0.25, 0.25, 0.25], 2]);
    expect(() => new Softmax2d().forward(zeros([2, 4]))).toThrow('Softmax2d: expected [N, C, H, W] or [C, H, W]');
  });

  test('EmbeddingBag by rows, by offsets, and weighted', () => {
    const bag = new EmbeddingBag(3, 2, { mode: 'sum' });
    bag.loadStateDict(
      new Map([
        [
          'weight',
          tensor([
            [1, 2],
            [10, 20],
            [100, 200],
          ]),
        ],
      ]),
    );
    const flat = tensor([0, 1, 2], { dtype: 'int32' });
    const offsets = tensor([0, 2], { dtype: 'int32' });
    expect(toArraySync(bag.forward(flat.reshape([1, 3])))).toEqual([[111, 222]]);
    expect(toArraySync(bag.forward(flat, offsets))).toEqual([
      [11, 22],
      [100, 200],
    ]);
    expect(toArraySync(bag.forward(flat, offsets, tensor([1, 2, 3])))).toEqual([
      [21, 42],
      [300, 600],
    ]);
    expect([bag.numEmbeddings, bag.embeddingDim]).toEqual([3, 2]);
  });

  test('InstanceNorm with and without a batch', () => {
    const norm = new InstanceNorm1d(2);
    const x = tensor([
      [1, 3],
      [2, 6],
    ]);
    expect(toArraySync(norm.forward(x))).toEqual(toArraySync(norm.forward(x.unsqueeze(0)).squeeze(0)));
    expect(() => norm.forward(zeros([2]))).toThrow(ShapeError);
  });
});

describe('transformers', () => {
  test('the mask that hides the future', () => {
    expect(toArraySync(Transformer.generateSquareSubsequentMask(2))).toEqual([
      [0, -Infinity],
      [0, 0],
    ]);
  });

  test('an activation is a name, a function or a layer', () => {
    manualSeed(0);
    const byName = new TransformerEncoderLayer(4, 2, { dimFeedforward: 3, activation: 'gelu', dropout: 0 });
    manualSeed(0);
    const byFunction = new TransformerEncoderLayer(4, 2, {
      dimFeedforward: 3,
      activation: (x) => x.gelu(),
      dropout: 0,
    });
    const x = ones([2, 1, 4]);
    expect(toArraySync(byName.forward(x))).toEqual(toArraySync(byFunction.forward(x)));
  });

  test('refuse widths and batches that do not fit', () => {
    expect(() => new MultiheadAttention(5, 2)).toThrow("MultiheadAttention: 2 heads don't divide a width of 5");
    const transformer = new Transformer({ dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1 });
    expect(() => transformer.forward(ones([3, 1, 4]), ones([3, 2, 4]))).toThrow(
      'Transformer: src and tgt must have one batch and a width of 4, got [3, 1, 4] and [3, 2, 4]',
    );
  });
});
