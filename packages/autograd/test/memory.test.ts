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

  it('gradients outlive the scope of a step', () => {
    const w = leaf([2]);
    scope(() => w.mul(w).sum().backward());
    scope(() => w.mul(w).sum().backward());
    expect(w.grad?.toArraySync()).toEqual(w.mul(4).toArraySync());
  });
});
