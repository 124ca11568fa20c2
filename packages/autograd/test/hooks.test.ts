import type { Tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { grad, gradFn, registerPostAccumulateGradHook } from '../src/index.ts';
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

  it('run in the order of registration; one that is registered twice runs twice', () => {
    const x = leaf([1]);
    const y = x.mul(1);
    const order: string[] = [];
    const note = (name: string) => () => {
      order.push(name);
      return undefined;
    };
    const twice = note('twice');
    y.registerHook(note('first'));
    const remove = y.registerHook(twice);
    y.registerHook(twice);
    remove();
    y.backward();
    expect(order).toEqual(['first', 'twice']);
  });

  it('must keep shape and dtype', () => {
    const x = leaf([2]);
    x.registerHook(() => f64([1]));
    expect(() => x.sum().backward()).toThrow(/float64 \[2\] into one of float64 \[1\]; it must keep both/);
    expect(() => f64([1]).registerHook(() => undefined)).toThrow(/does not require grad/);
  });

  it('stay with the old value of a tensor that is written in place, while retainGrad follows', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    const seen: unknown[] = [];
    y.registerHook((g) => {
      seen.push(g.toArraySync());
      return undefined;
    });
    y.retainGrad();
    y.mul_(3);
    y.sum().backward();
    expect(seen).toEqual([[3, 3]]);
    expect(y.grad?.toArraySync()).toEqual([1, 1]);
    expect(x.grad?.toArraySync()).toEqual([6, 6]);
  });

  it('retainGrad keeps what hooks leave, adds up, and wants a graph', () => {
    const x = leaf([1]);
    const y = x.mul(2);
    y.retainGrad();
    y.registerHook((g) => g.mul(10));
    y.backward({ retainGraph: true });
    expect(y.grad?.toArraySync()).toEqual([10]);
    y.backward();
    expect(y.grad?.toArraySync()).toEqual([20]);
    expect(() => f64([1]).retainGrad()).toThrow(/does not require grad/);
    x.retainGrad();
  });
});

describe('registerPostAccumulateGradHook', () => {
  it('runs after the gradient was added, and may free it', () => {
    const x = leaf([2]);
    const seen: unknown[] = [];
    const remove = registerPostAccumulateGradHook(x, (leafTensor: Tensor) => {
      seen.push(leafTensor.grad?.toArraySync());
      leafTensor.grad = null;
    });
    x.add(x).sum().backward();
    expect(seen).toEqual([[2, 2]]);
    expect(x.grad).toBeNull();
    remove();
    x.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([1, 1]);
    expect(() => registerPostAccumulateGradHook(x.mul(2), () => {})).toThrow(/only leaves/);
    grad(x.sum(), x);
    expect(seen.length).toBe(1);
  });
});

describe('gradFn', () => {
  it('shows the graph', () => {
    const x = leaf([2]);
    const y = x.mul(f64(2)).exp();
    const exp = gradFn(y);
    expect(gradFn(x)).toBeNull();
    expect(exp?.name).toBe('exp');
    const [mul, index] = exp?.nextFunctions[0] ?? [];
    expect([mul?.name, index]).toEqual(['mul', 0]);
    expect(mul?.nextFunctions.map((next) => next?.[0].name)).toEqual(['accumulate', undefined]);
    expect(gradFn(y)).toBe(exp);
  });

  it('lets hooks see and replace the gradients around a node', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    const seen: unknown[] = [];
    const node = gradFn(y);
    const removePre = node?.registerPrehook(([g]) => [g?.mul(10) ?? null]);
    const remove = node?.registerHook((inputs, outputs) => {
      seen.push([...inputs, ...outputs].map((g) => g?.toArraySync()));
      return inputs.map((g) => g?.add(1) ?? null);
    });
    y.sum().backward({ retainGraph: true });
    expect(seen).toEqual([
      [
        [20, 20],
        [10, 10],
      ],
    ]);
    expect(x.grad?.toArraySync()).toEqual([21, 21]);
    removePre?.();
    remove?.();
    y.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([23, 23]);
  });
});
