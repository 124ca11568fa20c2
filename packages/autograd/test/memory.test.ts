import { defaultBackend } from '@gradus/backend';
import { scope, tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { grad } from '../src/index.ts';
import { leaf } from './setup.ts';

const live = (): number => defaultBackend().memory().liveBuffers;

describe('memory', () => {
  it('backward leaves nothing alive but the gradients', () => {
    const w = leaf([4, 4]);
    const before = live();
    const loss = scope(() => w.matmul(w).tanh().mul(w).softmax(1).pow(2).sum());
    loss.backward();
    loss.dispose();
    expect(live() - before).toBe(1);
    w.grad?.dispose();
    expect(live()).toBe(before);
  });

  it('saved tensors hold their own memory: disposing handles never breaks a graph', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true });
    const y = x.exp();
    const z = y.mul(y);
    const loss = z.sum();
    y.dispose();
    z.dispose();
    loss.backward();
    const expected = [1, 2, 3].map((value) => 2 * Math.exp(2 * value));
    const found = x.grad?.toArraySync() as number[];
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 2);
    });
  });

  it('a graph that is thrown away unused gives its memory back by scope', () => {
    const w = leaf([4]);
    const before = live();
    scope(() => {
      grad(w.mul(w).sum(), w);
    });
    expect(live()).toBe(before);
  });

  it('the gradient of a mean is one number, however many elements share it', () => {
    const x = leaf([20, 50]);
    const [gradient] = grad(x.mean(), [x]);
    expect(gradient?.storage.byteLength).toBe(Float64Array.BYTES_PER_ELEMENT);
    expect(gradient?.toArraySync()).toEqual(
      x
        .mul(0)
        .add(1 / 1000)
        .toArraySync(),
    );
  });

  it('gradients outlive the scope of a step', () => {
    const w = leaf([2]);
    scope(() => w.mul(w).sum().backward());
    scope(() => w.mul(w).sum().backward());
    expect(w.grad?.toArraySync()).toEqual(w.mul(4).toArraySync());
  });

  it('a chain of 100,000 ops leaves nothing behind', () => {
    const w = leaf([]);
    const before = live();
    scope(() => {
      let y = w.add(0);
      for (let i = 1; i < 100_000; i++) y = y.mul(w);
      return y;
    }).backward();
    expect(live() - before).toBe(2);
  });

  it('saved tensors stay where the graph is retained, and go with the last pass', () => {
    const w = leaf([4]);
    const loss = scope(() => w.exp().sin().sum());
    const before = live();
    loss.backward({ retainGraph: true });
    expect(live() - before).toBe(1);
    loss.backward();
    // The gradient is there, and exp's saved output is not.
    expect(live() - before).toBe(0);
  });
});
