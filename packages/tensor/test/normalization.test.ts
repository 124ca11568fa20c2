import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  normalize,
  rmsNorm,
} from '../src/functional/index.ts';
import { ones, randn, type Tensor, tensor, zeros } from '../src/index.ts';

// Where numbers are given without a derivation they are PyTorch 1.13.1's.

beforeAll(() => use(new HostBackend('host')));

const float64 = { dtype: 'float64' } as const;
let x: Tensor;

beforeEach(() => {
  x = randn([4, 6, 5, 3], float64).mul(3).add(7);
});

function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = expected.dataSync();
  actual.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i] as number, 10);
  });
}

/** (x - mean) / sqrt(variance + eps) over axes, one op after another. */
function standard(input: Tensor, dim: readonly number[], eps = 1e-5): Tensor {
  const centred = input.sub(input.mean({ dim, keepdim: true }));
  return centred.div(centred.square().mean({ dim, keepdim: true }).add(eps).sqrt());
}

test('layerNorm, batchNorm, instanceNorm and groupNorm differ in the axes', () => {
  expectClose(layerNorm(x, [5, 3]), standard(x, [2, 3]));
  expectClose(batchNorm(x, { training: true }), standard(x, [0, 2, 3]));
  expectClose(instanceNorm(x), standard(x, [2, 3]));
  expectClose(groupNorm(x, 2), standard(x.reshape([4, 2, 45]), [2]).reshape(x.shape));
  expectClose(groupNorm(x, 6, { eps: 0.1 }), standard(x, [2, 3], 0.1));
});

test('weight and bias are per element or per channel', () => {
  const [scale, shift] = [randn([6], float64), randn([6], float64)];
  const affine = { weight: scale, bias: shift };
  const perChannel = (values: Tensor): Tensor => values.reshape([6, 1, 1]);
  const expected = standard(x, [0, 2, 3]).mul(perChannel(scale)).add(perChannel(shift));
  expectClose(batchNorm(x, { ...affine, training: true }), expected);
  expectClose(instanceNorm(x, affine), standard(x, [2, 3]).mul(perChannel(scale)).add(perChannel(shift)));
  expectClose(groupNorm(x, 6, affine), instanceNorm(x, affine));
  const elements = randn([3], float64);
  expectClose(layerNorm(x, [3], { weight: elements }), standard(x, [3]).mul(elements));
  expectClose(layerNorm(x, [3], { bias: elements }), standard(x, [3]).add(elements));
});

describe('batchNorm', () => {
  test('moves the running statistics towards the batch, its variance unbiased', () => {
    const [runningMean, runningVar] = [zeros([2], float64), ones([2], float64)];
    const batch = tensor(
      [
        [1, 10],
        [3, 30],
      ],
      float64,
    );
    const result = batchNorm(batch, { runningMean, runningVar, training: true });
    expectClose(
      result,
      tensor(
        [
          [-0.9999950000374997, -0.9999999500000036],
          [0.9999950000374997, 0.9999999500000039],
        ],
        float64,
      ),
    );
    expectClose(runningMean, tensor([0.2, 2], float64));
    expectClose(runningVar, tensor([1.1, 20.9], float64));
  });

  test('uses them outside of training', () => {
    const [runningMean, runningVar] = [tensor([1, 2], float64), tensor([4, 9], float64)];
    const result = batchNorm(tensor([[3, 5]], float64), { runningMean, runningVar, eps: 0 });
    expectClose(result, tensor([[1, 1]], float64));
    expect(runningMean.toArraySync()).toEqual([1, 2]);
  });

  test('needs statistics outside of training, and more than one value in it', () => {
    expect(() => batchNorm(x)).toThrow(ArgumentError);
    expect(() => batchNorm(ones([1, 3]), { training: true })).toThrow('more than one value per channel');
  });
});

test('instanceNorm updates running statistics with the mean over the batch', () => {
  const [runningMean, runningVar] = [zeros([6], float64), zeros([6], float64)];
  instanceNorm(x, { runningMean, runningVar, momentum: 1 });
  expectClose(runningMean, x.mean({ dim: [0, 2, 3] }));
  expectClose(runningVar, x.var({ dim: [2, 3] }).mean({ dim: 0 }));
});

test('rmsNorm divides by the root mean square', () => {
  expectClose(rmsNorm(tensor([[3, 4]], float64), [2], { eps: 0 }), tensor([[3, 4]], float64).div(Math.sqrt(12.5)));
});

test('localResponseNorm divides by what neighbouring channels have', () => {
  const line = tensor([[[1], [2], [3], [4]]], float64);
  const result = localResponseNorm(line, 3, { alpha: 0.5 });
  const expected = [0.6347006220012119, 0.8107200928842206, 0.7992518666619656, 1.1672184902876352];
  expectClose(result, tensor(expected, float64).reshape([1, 4, 1]));
  expect(() => localResponseNorm(ones([2, 3]), 3)).toThrow(ShapeError);
});

test('normalize gives vectors of length 1, and keeps 0', () => {
  const vectors = tensor(
    [
      [3, 4],
      [0, 0],
    ],
    float64,
  );
  expectClose(
    normalize(vectors),
    tensor(
      [
        [0.6, 0.8],
        [0, 0],
      ],
      float64,
    ),
  );
  expectClose(
    normalize(vectors, { p: 1, dim: 0 }),
    tensor(
      [
        [1, 1],
        [0, 0],
      ],
      float64,
    ),
  );
});

test('shapes that do not fit are refused', () => {
  expect(() => layerNorm(x, [3, 5])).toThrow('the last axes of [4, 6, 5, 3] must be [3, 5]');
  expect(() => layerNorm(x, [])).toThrow(ShapeError);
  expect(() => groupNorm(x, 4)).toThrow("4 groups don't divide 6 channels");
});
