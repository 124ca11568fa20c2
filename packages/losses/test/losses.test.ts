import { grad } from '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { dataSync, ones, type Tensor, tensor, zeros } from '@gradus/tensor';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BCEWithLogitsLoss,
  binaryCrossEntropyWithLogits,
  CrossEntropyLoss,
  crossEntropy,
  HuberLoss,
  huberLoss,
  L1Loss,
  l1Loss,
  MSELoss,
  mseLoss,
  NLLLoss,
  nllLoss,
  type Reduction,
  SmoothL1Loss,
  smoothL1Loss,
} from '../src/index.ts';

// Expected numbers are PyTorch 1.13.1's.

const float64 = { dtype: 'float64' } as const;
let x: Tensor;
let classes: Tensor;
let truths: Tensor;
let weight: Tensor;

beforeAll(() => use(new HostBackend('host')));
beforeEach(() => {
  const scores = [
    [1, -2, 0.5],
    [0, 3, -1],
  ];
  x = tensor(scores, { ...float64, requiresGrad: true });
  classes = tensor([2, 0], { dtype: 'int32' });
  const shares = [
    [0, 1, 0.5],
    [1, 0, 0],
  ];
  truths = tensor(shares, float64);
  weight = tensor([1, 2, 0.5], float64);
});

function expectNumbers(got: Tensor | null | undefined, expected: readonly number[]): void {
  const values = got ? [...dataSync(got)] : [];
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((values[i] as number) - value)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(value)));
  }
}

/** The loss and the gradient of its sum by the scores. */
function expectLoss(loss: Tensor, value: readonly number[], gradient: readonly number[]): void {
  expectNumbers(loss, value);
  const [found] = grad(loss.sum(), x);
  expectNumbers(found, gradient);
}

describe('crossEntropy', () => {
  test('of classes', () => {
    expectLoss(
      crossEntropy(x, classes),
      [2.0352404030498565],
      [
        ...[0.3018744480743129, 0.015029443784787011, -0.3169038918590999],
        ...[-0.47669368871101303, 0.4681197759382529, 0.008573912772760194],
      ],
    );
  });

  test('with weights the mean is over the weights', () => {
    expectLoss(
      crossEntropy(x, classes, { weight }),
      [2.3787882366190476],
      [
        ...[0.20124963204954194, 0.010019629189858006, -0.21126926123939993],
        ...[-0.6355915849480174, 0.6241597012510038, 0.011431883697013591],
      ],
    );
  });

  test('with smoothed labels', () => {
    const loss = crossEntropy(x, classes, { weight, labelSmoothing: 0.2, reduction: 'none' });
    expectLoss(
      loss,
      [0.9362447048167796, 2.80141336721601],
      [
        ...[0.315707634227463, -0.11429603787260312, -0.2014115963548599],
        ...[-0.8185002900027604, 0.8341142036057227, -0.015613913602962264],
      ],
    );
  });

  test('an ignored class counts for nothing, valid index or not', () => {
    const [value, slope] = [1.0045969023422834, [0.6037488961486258, 0.030058887569574023, -0.6338077837181998]];
    for (const ignoreIndex of [1, -100]) {
      const targets = tensor([2, ignoreIndex], { dtype: 'int32' });
      expectLoss(crossEntropy(x, targets, { ignoreIndex }), [value], [...slope, 0, 0, 0]);
    }
    const all = tensor([1, 1], { dtype: 'int32' });
    expect(dataSync(crossEntropy(x, all, { ignoreIndex: 1 }))[0]).toBeNaN();
  });

  test('of probabilities', () => {
    const shares = [
      [0.2, 0.3, 0.5],
      [1, 0, 0],
    ];
    expectLoss(
      crossEntropy(x, tensor(shares, float64), { weight, labelSmoothing: 0.1 }),
      [2.7050978400700556],
      [
        ...[0.2138233723722289, -0.2873770738484845, 0.07355370147625563],
        ...[-0.44297191685619663, 0.44258843887055704, 0.0003834779856395301],
      ],
    );
  });

  test('can be differentiated twice', () => {
    const [first] = grad(crossEntropy(x, classes), x, { createGraph: true });
    const [second] = grad((first as Tensor).square().sum(), x);
    expectNumbers(second, [
      ...[0.14201022511170694, -0.0015519689472605343, -0.1404582561644464],
      ...[-0.04162008529357735, 0.04860997483974948, -0.006989889546172146],
    ]);
  });

  test('refuses targets and weights of a wrong shape, float classes and a smoothing outside [0, 1]', () => {
    expect(() => crossEntropy(x, zeros([3], { dtype: 'int32' }))).toThrow(ShapeError);
    expect(() => crossEntropy(x, zeros([3], { dtype: 'int32' }))).toThrow(
      'crossEntropy: scores [2, 3] need classes of shape [2], got [3]',
    );
    expect(() => crossEntropy(x, classes, { labelSmoothing: 1.5 })).toThrow(ArgumentError);
    expect(() => crossEntropy(x, classes, { weight: ones([2]) })).toThrow(
      'crossEntropy: the weight must have one element per class, [3], got [2]',
    );
    expect(() => crossEntropy(x, zeros([2]))).toThrow('crossEntropy: classes are integers, not float32');
  });
});

test('nllLoss', () => {
  expectLoss(nllLoss(x, classes, { weight }), [-1 / 6], [0, 0, -1 / 3, -2 / 3, 0, 0]);
  expect(() => nllLoss(x, zeros([2, 3], { dtype: 'int32' }))).toThrow('nllLoss: scores [2, 3]');
});

describe('binaryCrossEntropyWithLogits', () => {
  test('mean', () => {
    expectLoss(
      binaryCrossEntropyWithLogits(x, truths),
      [1.369877150398869],
      [
        ...[0.12184309643833414, -0.14679951299631375, 0.020409888533642433],
        ...[-0.08333333333333333, 0.15876235447040557, 0.04482357022833252],
      ],
    );
  });

  test('with weights of elements and of positive targets', () => {
    const loss = binaryCrossEntropyWithLogits(x, truths, { weight, posWeight: weight, reduction: 'sum' });
    expectLoss(
      loss,
      [17.070705328224193],
      [
        ...[0.7310585786300049, -3.5231883119115297, 0.10842224920069549],
        ...[-0.5, 1.9051482536448667, 0.13447071068499755],
      ],
    );
  });

  test('does not overflow', () => {
    const loss = binaryCrossEntropyWithLogits(tensor([1000, -1000]), tensor([0, 1]), { reduction: 'none' });
    expectNumbers(loss, [1000, 1000]);
  });

  test('refuses targets of another shape', () => {
    expect(() => binaryCrossEntropyWithLogits(x, ones([3]))).toThrow(ShapeError);
  });
});

describe('regression', () => {
  test('mseLoss and l1Loss', () => {
    expectLoss(mseLoss(x, truths), [3.5], [1 / 3, -1, 0, -1 / 3, 1, -1 / 3]);
    expectLoss(l1Loss(x, truths), [1.5], [1 / 6, -1 / 6, 0, -1 / 6, 1 / 6, -1 / 6]);
  });

  test('smoothL1Loss and huberLoss change from quadratic to linear', () => {
    const smooth = smoothL1Loss(x, truths, { beta: 1.5, reduction: 'none' });
    expectLoss(smooth, [1 / 3, 2.25, 0, 1 / 3, 2.25, 1 / 3], [2 / 3, -1, 0, -2 / 3, 1, -2 / 3]);
    const huber = huberLoss(x, truths, { delta: 1.5, reduction: 'none' });
    expectLoss(huber, [0.5, 3.375, 0, 0.5, 3.375, 0.5], [1, -1.5, 0, -1, 1.5, -1]);
    expectNumbers(smoothL1Loss(x, truths, { beta: 0 }), [1.5]);
    expect(() => smoothL1Loss(x, truths, { beta: -1 })).toThrow(ArgumentError);
    expect(() => huberLoss(x, truths, { delta: 0 })).toThrow(ArgumentError);
  });

  test('reduces to a mean, a sum or not at all', () => {
    expectNumbers(mseLoss(x, truths, { reduction: 'sum' }), [21]);
    expect(mseLoss(x, truths, { reduction: 'none' }).shape).toEqual([2, 3]);
    expect(() => mseLoss(x, truths, { reduction: 'average' as Reduction })).toThrow(
      "reduction must be 'mean', 'sum' or 'none', got 'average'",
    );
  });

  test('of integers is a float', () => {
    const loss = mseLoss(classes, tensor([1, 4], { dtype: 'int32' }));
    expect(loss.dtype).toBe('float32');
    expectNumbers(loss, [8.5]);
  });
});

test('classes hold options', () => {
  const sum = { reduction: 'sum' } as const;
  const pairs: readonly [Tensor, Tensor][] = [
    [new MSELoss(sum).forward(x, truths), mseLoss(x, truths, sum)],
    [new L1Loss(sum).forward(x, truths), l1Loss(x, truths, sum)],
    [new SmoothL1Loss({ beta: 0.5 }).forward(x, truths), smoothL1Loss(x, truths, { beta: 0.5 })],
    [new HuberLoss({ delta: 0.5 }).forward(x, truths), huberLoss(x, truths, { delta: 0.5 })],
    [new CrossEntropyLoss({ weight }).forward(x, classes), crossEntropy(x, classes, { weight })],
    [new NLLLoss({ weight }).forward(x, classes), nllLoss(x, classes, { weight })],
    [
      new BCEWithLogitsLoss({ posWeight: weight }).forward(x, truths),
      binaryCrossEntropyWithLogits(x, truths, { posWeight: weight }),
    ],
  ];
  for (const [byClass, byFunction] of pairs) expectNumbers(byClass, [...dataSync(byFunction)]);
});

test('binary cross entropy is curved at logits of 0 too', () => {
  const logits = zeros([1], { ...float64, requiresGrad: true });
  const [slope] = grad(binaryCrossEntropyWithLogits(logits, ones([1], float64)), [logits], { createGraph: true });
  const [curvature] = grad((slope as Tensor).sum(), [logits]);
  expect([...dataSync(slope as Tensor), ...dataSync(curvature as Tensor)]).toEqual([-0.5, 0.25]);
});
