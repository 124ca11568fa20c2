import { tensor } from '@gradus/tensor';
import { split } from '@gradus/tensor/launch';
import { describe, expect, it } from 'vitest';
import { enableGrad, grad, isGradEnabled, noGrad } from '../src/index.ts';
import { f64, leaf } from './setup.ts';

describe('backward', () => {
  it('differentiates x * x + 2x + 1', () => {
    const x = tensor(3, { requiresGrad: true });
    x.mul(x).add(x.mul(2)).add(1).backward();
    expect(x.grad?.itemSync()).toBe(8);
  });

  it('accumulates in leaves', () => {
    const x = f64([1, 2], { requiresGrad: true });
    x.mul(3).sum().backward();
    x.mul(4).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([7, 7]);
  });

  it('joins the gradients of parts, with zeros for those that have none', () => {
    const x = leaf([2, 4]);
    const [first, , last] = split(x, [1, 2, 1], 1);
    const loss = first
      ?.mul(3)
      .add(last?.mul(last) ?? 0)
      .sum();
    loss?.backward();
    const ends = x.detach().toArraySync() as number[][];
    expect(x.grad?.toArraySync()).toEqual(ends.map((row) => [3, 0, 0, 2 * (row[3] as number)]));
  });

  it('undoes broadcasting', () => {
    const a = leaf([3, 1]);
    const b = leaf([4]);
    const c = leaf([]);
    a.mul(b).add(c).sum().backward();
    expect(a.grad?.shape).toEqual([3, 1]);
    expect(b.grad?.shape).toEqual([4]);
    expect(c.grad?.itemSync()).toBe(12);
  });

  it('gives gradients in the dtype of each input', () => {
    const a = tensor([1, 2], { requiresGrad: true });
    const b = f64([3, 4], { requiresGrad: true });
    a.mul(b).sum().backward();
    expect([a.grad?.dtype, b.grad?.dtype]).toEqual(['float32', 'float64']);
  });

  it('needs a gradient for more than one element, of the same shape', () => {
    const x = f64([1, 2], { requiresGrad: true });
    expect(() => x.mul(2).backward()).toThrow(/shape \[2\] needs a gradient/);
    expect(() => x.mul(2).backward({ gradient: f64([1]) })).toThrow(/shape \[1\], but the tensor has \[2\]/);
  });

  it('refuses what has no history', () => {
    expect(() => tensor([1]).backward()).toThrow(/does not require grad/);
  });

  it('frees saved tensors unless the graph is retained', () => {
    const x = f64([1, 2], { requiresGrad: true });
    const y = x.exp().sum();
    y.backward({ retainGraph: true });
    y.backward();
    expect(() => y.backward()).toThrow(/second time/);
  });

  it('accumulates only in the given inputs', () => {
    const a = leaf([2], 1);
    const b = leaf([2], 2);
    a.mul(b)
      .sum()
      .backward({ inputs: [a] });
    expect(a.grad?.toArraySync()).toEqual(b.toArraySync());
    expect(b.grad).toBeNull();
  });

  it('takes a graph that branches and joins in the right order', () => {
    const x = f64(0.5, { requiresGrad: true });
    let y = x.mul(1);
    for (let i = 0; i < 20; i++) y = y.mul(0.5).add(y.mul(0.5));
    y.backward();
    expect(x.grad?.itemSync()).toBeCloseTo(1, 12);
  });

  it('goes through a chain of 100,000 ops', () => {
    const x = tensor(1, { requiresGrad: true });
    let y = x.add(0);
    for (let i = 1; i < 100_000; i++) y = y.add(0);
    y.backward();
    expect(x.grad?.itemSync()).toBe(1);
  });
});

describe('grad', () => {
  it('gives gradients without touching grad', () => {
    const x = f64([1, 2], { requiresGrad: true });
    const [g] = grad(x.mul(x).sum(), x);
    expect(g?.toArraySync()).toEqual([2, 4]);
    expect(x.grad).toBeNull();
  });

  it('gives gradients of inner tensors', () => {
    const x = f64(2, { requiresGrad: true });
    const y = x.mul(3);
    const [g] = grad(y.mul(y), y);
    expect(g?.itemSync()).toBe(12);
  });

  it('builds graphs of gradients', () => {
    const x = f64(2, { requiresGrad: true });
    const [first] = grad(x.pow(4), x, { createGraph: true });
    const [second] = grad(first as NonNullable<typeof first>, x, { createGraph: true });
    const [third] = grad(second as NonNullable<typeof second>, x);
    expect([first, second, third].map((g) => g?.itemSync())).toEqual([32, 48, 48]);
  });

  it('names unused inputs, or gives null for them', () => {
    const [a, b] = [leaf([2], 1), leaf([2], 2)];
    expect(() => grad(a.sum(), [a, b])).toThrow(/don't depend on input 1/);
    expect(grad(a.sum(), [a, b], { allowUnused: true })[1]).toBeNull();
  });
});

describe('modes', () => {
  it('noGrad records nothing and nests', () => {
    const x = leaf([2]);
    const y = noGrad(() => {
      expect(enableGrad(() => x.mul(2)).requiresGrad).toBe(true);
      return x.mul(2);
    });
    expect(y.requiresGrad).toBe(false);
    expect(isGradEnabled()).toBe(true);
  });

  it('noGrad refuses a callback that returns a promise', () => {
    expect(() => noGrad(async () => 1)).toThrow(/promise/);
    expect(isGradEnabled()).toBe(true);
  });

  it('detach shares memory and drops the history', () => {
    const x = leaf([2]);
    const y = x.mul(2).detach();
    expect([y.requiresGrad, y.isLeaf]).toEqual([false, true]);
  });

  it('only float tensors can require grad', () => {
    expect(() => tensor([1, 2], { dtype: 'int32', requiresGrad: true })).toThrow(/only float/);
  });
});
