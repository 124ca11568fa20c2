import '@gradus/autograd';
import { HostBackend, use } from '@gradus/backend';
import { ShapeError } from '@gradus/storage';
import { dataSync, randn, type Tensor, tensor } from '@gradus/tensor';
import { beforeAll, expect, test } from 'vitest';
import { AdaptiveLogSoftmaxWithLoss, BatchNorm1d, Sequential, updateBN } from '../src/index.ts';

beforeAll(() => use(new HostBackend('host')));

function close(a: Tensor, b: Tensor): void {
  const [x, y] = [dataSync(a), dataSync(b)];
  expect(x.length).toBe(y.length);
  for (const [i, value] of x.entries()) expect(value).toBeCloseTo(y[i] as number, 5);
}

const classes = 9;

test('has the names of PyTorch', () => {
  const names = [...new AdaptiveLogSoftmaxWithLoss(8, classes, [3, 6], { headBias: true }).stateDict().keys()];
  const tails = ['tail.0.0.weight', 'tail.0.1.weight', 'tail.1.0.weight', 'tail.1.1.weight'];
  expect(names).toEqual(['head.weight', 'head.bias', ...tails]);
});

test("the targets' log-probabilities are those of all classes, which sum to 1", () => {
  const module = new AdaptiveLogSoftmaxWithLoss(8, classes, [3, 6]);
  const x = randn([5, 8]);
  const target = tensor(Int32Array.of(0, 4, 8, 2, 5));
  const all = module.logProb(x);
  close(all.exp().sum({ dim: 1 }), tensor([1, 1, 1, 1, 1]));
  const { output, loss } = module.forward(x, target);
  close(output, all.gather(1, target.unsqueeze(1)).squeeze(1));
  close(loss, output.mean().neg());
  close(module.predict(x).float(), all.argmax({ dim: 1 }).float());
  const single = module.forward(x.select(0, 1), tensor(4, { dtype: 'int32' }));
  expect(single.output.shape).toEqual([]);
  close(single.output, output.select(0, 1));
});

test('refuses cutoffs and shapes that do not fit', () => {
  const cutoffs = /cutoffs must be whole numbers that rise between 1 and 8/;
  for (const wrong of [[], [3, 3], [9], [0, 2]]) {
    expect(() => new AdaptiveLogSoftmaxWithLoss(8, classes, wrong)).toThrow(cutoffs);
  }
  const module = new AdaptiveLogSoftmaxWithLoss(8, classes, [3]);
  expect(() => module.forward(randn([5, 8]), tensor(Int32Array.of(1)))).toThrow(ShapeError);
});

test("updateBN takes the mean of the batches' statistics, and leaves momentum and mode as they were", async () => {
  const norm = new BatchNorm1d(1);
  const model = new Sequential(norm).eval();
  const batches = [tensor([[1], [3]]), tensor([[5], [9]])];
  await updateBN(batches, model);
  close(norm.runningMean as Tensor, tensor([(2 + 7) / 2]));
  close(norm.runningVar as Tensor, tensor([(2 + 8) / 2]));
  expect([norm.momentum, model.training]).toEqual([0.1, false]);
});
