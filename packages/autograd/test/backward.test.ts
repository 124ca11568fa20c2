import { tensor } from '@gradus/tensor';
import { split } from '@gradus/tensor/launch';
import { describe, expect, it } from 'vitest';
import { grad } from '../src/index.ts';
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

  it('accumulates in inner tensors that are given as inputs', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    y.mul(3)
      .sum()
      .backward({ inputs: [y] });
    expect([x.grad, y.grad?.toArraySync()]).toEqual([null, [3, 3]]);
    expect(() => y.sum().backward({ inputs: [] })).toThrow(/inputs is empty/);
  });

  it('adds in place, so that whoever holds the gradient sees it; out of place in a recorded pass', () => {
    const x = leaf([2]);
    x.mul(2).sum().backward();
    const first = x.grad;
    x.mul(3).sum().backward();
    expect(x.grad).toBe(first);
    expect(first?.toArraySync()).toEqual([5, 5]);
    x.mul(x).sum().backward({ createGraph: true });
    expect(x.grad).not.toBe(first);
    expect(first?.toArraySync()).toEqual([5, 5]);
    expect(x.grad?.requiresGrad).toBe(true);
  });

  it("never makes the given gradient the leaf's own", () => {
    for (const createGraph of [false, true]) {
      const x = leaf([2]);
      const gradient = f64([1, 1]);
      x.backward({ gradient, createGraph });
      expect(x.grad?.storage).not.toBe(gradient.storage);
    }
  });

  it("converts the given gradient to the tensor's dtype", () => {
    const x = leaf([2]);
    x.mul(2).backward({ gradient: tensor([1, 2]) });
    expect([x.grad?.dtype, x.grad?.toArraySync()]).toEqual(['float64', [2, 4]]);
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

  it('runs nothing below its inputs', () => {
    const x = leaf([2]);
    const y = x.exp();
    grad(y.mul(2).sum(), y);
    y.sum().backward();
    expect(x.grad?.toArraySync()).toEqual(x.exp().toArraySync());
  });

  it('takes several outputs with their gradients, and checks how many there are', () => {
    const x = leaf([2]);
    const [g] = grad([x.mul(2), x.sum()], x, { gradOutputs: [f64([1, 10]), null] });
    expect(g?.toArraySync()).toEqual([3, 21]);
    expect(() => grad([x.sum(), x.sum()], x, { gradOutputs: [null] })).toThrow(/1 gradOutputs for 2 outputs/);
    expect(() => grad(x.mul(2), x, { gradOutputs: f64([1]) })).toThrow(/shape \[1\], but the tensor has \[2\]/);
    expect(() => grad(x.sum(), f64([1]))).toThrow(/does not require grad/);
  });

  it('gives zeros for unused inputs on request', () => {
    const [a, b] = [leaf([2], 1), leaf([2], 2)];
    expect(grad(a.sum(), [a, b], { materializeGrads: true })[1]?.toArraySync()).toEqual([0, 0]);
  });

  it('names unused inputs, or gives null for them', () => {
    const [a, b] = [leaf([2], 1), leaf([2], 2)];
    expect(() => grad(a.sum(), [a, b])).toThrow(/don't depend on input 1/);
    expect(grad(a.sum(), [a, b], { allowUnused: true })[1]).toBeNull();
  });
});
