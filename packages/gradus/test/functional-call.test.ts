import { describe, expect, it } from 'vitest';
import {
  BatchNorm1d,
  checkpoint,
  crossEntropy,
  functionalCall,
  gradOf,
  Linear,
  manualSeed,
  ReLU,
  randint,
  randn,
  Sequential,
  stack,
  type Tensor,
  unsqueeze,
  vmap,
} from '../src/index.ts';

manualSeed(1);
const model = new Sequential(new Linear(4, 5), new ReLU(), new Linear(5, 3));
const parameters = (): Record<string, Tensor> =>
  Object.fromEntries([...model.namedParameters()].map(([name, parameter]) => [name, parameter.detach()]));

function expectClose(found: Tensor | undefined, wanted: Tensor | undefined): void {
  expect(found?.shape).toEqual(wanted?.shape);
  expect(
    found
      ?.sub(wanted as Tensor)
      .abs()
      .max()
      .itemSync(),
  ).toBeLessThan(1e-6);
}

describe('functionalCall of modules', () => {
  it('runs with other parameters, and leaves the own ones', () => {
    const x = randn([2, 4]);
    const doubled = Object.fromEntries(Object.entries(parameters()).map(([name, p]) => [name, p.mul(2)]));
    const before = model.forward(x);
    const other = functionalCall(model, doubled, x);
    expect(other.sub(before).abs().max().itemSync()).toBeGreaterThan(0.01);
    expectClose(model.forward(x), before);
    expect(Object.keys(doubled)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  });

  it('writes buffers to the tensors that were given', () => {
    const norm = new BatchNorm1d(3);
    const buffers = Object.fromEntries([...norm.namedBuffers()].map(([name, buffer]) => [name, buffer.clone()]));
    functionalCall(norm, buffers, randn([8, 3]).add(5));
    const name = Object.keys(buffers).find((key) => /mean/i.test(key)) as string;
    expect(buffers[name]?.sum().itemSync()).toBeGreaterThan(0);
    expect(
      [...norm.namedBuffers()]
        .find(([key]) => key === name)?.[1]
        .sum()
        .itemSync(),
    ).toBe(0);
  });

  it('gives gradients per example by vmap of gradOf, equal to a loop of backward', () => {
    const [xs, labels] = [randn([6, 4]), randint(3, [6])];
    const loss = (params: Record<string, Tensor>, x: Tensor, label: Tensor): Tensor =>
      crossEntropy(functionalCall(model, params, unsqueeze(x, 0)), unsqueeze(label, 0));
    const found = vmap(gradOf(loss), { inDims: [null, 0, 0] })(parameters(), xs, labels);
    const looped = [...Array(6).keys()].map((i) => {
      for (const p of model.parameters()) p.grad = null;
      crossEntropy(model.forward(xs.narrow(0, i, 1)), labels.narrow(0, i, 1)).backward();
      return model.parameters().map((p) => p.grad as Tensor);
    });
    Object.values(found).forEach((gradient, k) => {
      expectClose(gradient, stack(looped.map((gradients) => gradients[k] as Tensor)));
    });
  });

  it('checkpoints a model: the same gradients', () => {
    const x = randn([3, 4]);
    const gradients = (run: (input: Tensor) => Tensor): Tensor[] => {
      for (const p of model.parameters()) p.grad = null;
      run(x).pow(2).sum().backward();
      return model.parameters().map((p) => p.grad as Tensor);
    };
    const plain = gradients((input) => model.forward(input));
    gradients((input) => checkpoint((y: Tensor) => model.forward(y), input)).forEach((g, i) => {
      expectClose(g, plain[i]);
    });
  });
});
