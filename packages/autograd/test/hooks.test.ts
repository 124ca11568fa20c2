import { describe, expect, it } from 'vitest';
import { grad } from '../src/index.ts';
import { f64, leaf } from './setup.ts';

describe('hooks', () => {
  it('see gradients of inner tensors and may replace them', () => {
    const x = f64([1, 2], { requiresGrad: true });
    const y = x.mul(3);
    const seen: unknown[] = [];
    y.registerHook((g) => {
      seen.push(g.toArraySync());
      return g.mul(10);
    });
    y.sum().backward();
    expect(seen).toEqual([[1, 1]]);
    expect(x.grad?.toArraySync()).toEqual([30, 30]);
  });

  it('see the gradients of leaves before they accumulate', () => {
    const x = leaf([2]);
    const remove = x.registerHook((g) => g.mul(2));
    x.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([2, 2]);
    remove();
    x.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([3, 3]);
  });

  it('run once, on the sum of all paths', () => {
    const x = leaf([1]);
    const y = x.mul(1);
    let calls = 0;
    y.registerHook(() => {
      calls++;
    });
    y.add(y).add(y.mul(2)).sum().backward();
    expect(calls).toBe(1);
    expect(x.grad?.toArraySync()).toEqual([4]);
  });

  it('may keep the gradient that they saw', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    let kept: unknown;
    y.registerHook((g) => {
      kept = g;
    });
    y.exp().sum().backward();
    expect((kept as typeof x).toArraySync()).toEqual(y.exp().toArraySync());
  });

  it('retainGrad keeps gradients of tensors that are no leaves', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    y.retainGrad();
    y.mul(5).sum().backward();
    expect(y.grad?.toArraySync()).toEqual([5, 5]);
  });

  it('run in recorded passes too', () => {
    const x = f64(3, { requiresGrad: true });
    const y = x.mul(1);
    y.registerHook((g) => g.mul(x));
    const [g] = grad(y.mul(2), x, { createGraph: true });
    expect(g?.itemSync()).toBe(6);
    expect(grad(g as NonNullable<typeof g>, x)[0]?.itemSync()).toBe(2);
  });
});
