import { tensor, zeros } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { grad, noGrad } from '../src/index.ts';
import { f64, leaf } from './setup.ts';

describe('in-place ops', () => {
  it('are refused on leaves that require grad, and on views of them', () => {
    const x = leaf([3]);
    expect(() => x.add_(1)).toThrow(/leaf that requires grad, \[3\]/);
    expect(() => x.select(0, 0).mul_(2)).toThrow(/view of a leaf/);
    noGrad(() => x.add_(1));
  });

  it('are recorded', () => {
    const x = leaf([3]);
    const y = x.mul(2);
    y.mul_(x);
    expect(grad(y.sum(), x)[0]?.toArraySync()).toEqual(x.mul(4).toArraySync());
  });

  it('keep the old value where backward needs it', () => {
    const x = f64([3], { requiresGrad: true });
    const y = x.mul(1);
    y.pow_(2);
    expect(grad(y.sum(), x)[0]?.toArraySync()).toEqual([6]);
  });

  it('through the output: relu_ and exp_', () => {
    const x = f64([-1, 2], { requiresGrad: true });
    expect(grad(x.mul(1).relu_().sum(), x)[0]?.toArraySync()).toEqual([0, 1]);
    expect(grad(x.mul(1).exp_().sum(), x)[0]?.toArraySync()).toEqual([Math.exp(-1), Math.exp(2)]);
  });

  it('are an error when they overwrite what backward needs, naming op, shape and versions', () => {
    const x = leaf([2]);
    const y = x.mul(1);
    const z = y.mul(y);
    y.add_(1);
    expect(() => z.sum().backward()).toThrow(
      /gradient of 'mul' was modified in place: float64 \[2\] is at version 1, expected 0/,
    );
  });

  it('are no error when backward does not need the old value', () => {
    const x = leaf([2]);
    const y = x.mul(1);
    const z = y.add(1);
    y.mul_(5);
    z.sum().backward();
    expect(x.grad?.toArraySync()).toEqual([1, 1]);
  });

  it('cut the history when they overwrite everything', () => {
    const x = leaf([2]);
    const y = x.mul(2);
    y.zero_();
    expect(grad(y.sum(), x, { allowUnused: true })[0]?.toArraySync() ?? [0, 0]).toEqual([0, 0]);
  });

  it('write through views into their base', () => {
    const w = f64(2, { requiresGrad: true });
    const base = zeros([4], { dtype: 'float64' });
    base.narrow(0, 1, 2).add_(w);
    expect(base.requiresGrad).toBe(true);
    expect(base.toArraySync()).toEqual([0, 2, 2, 0]);
    expect(grad(base.mul(f64([1, 10, 100, 1000])).sum(), w)[0]?.itemSync()).toBe(110);
  });

  it('replace what the base was where the view is written', () => {
    const x = leaf([3]);
    const w = f64(5, { requiresGrad: true });
    const base = x.mul(2);
    base.select(0, 1).copy_(w);
    const [gx, gw] = grad(base.sum(), [x, w]);
    expect(gx?.toArraySync()).toEqual([2, 0, 2]);
    expect(gw?.itemSync()).toBe(1);
  });

  it('reach views that were made before', () => {
    const x = leaf([2]);
    const base = x.mul(1);
    const view = base.select(0, 0);
    base.mul_(3);
    expect(grad(view, x)[0]?.toArraySync()).toEqual([3, 0]);
  });

  it('reach other views through one view', () => {
    const x = leaf([4]);
    const base = x.mul(1);
    const [left, all] = [base.narrow(0, 0, 2), base.reshape([2, 2])];
    left.mul_(10);
    expect(grad(all.sum(), x)[0]?.toArraySync()).toEqual([10, 10, 1, 1]);
  });

  it('on a view of a view', () => {
    const x = leaf([2, 3]);
    const base = x.mul(1);
    base.select(0, 1).narrow(0, 1, 2).mul_(4);
    expect(grad(base.sum(), x)[0]?.toArraySync()).toEqual([
      [1, 1, 1],
      [1, 4, 4],
    ]);
  });

  it('can be differentiated twice', () => {
    const x = f64([1, 2, 3], { requiresGrad: true });
    const base = x.mul(x);
    base.narrow(0, 0, 2).mul_(x.narrow(0, 1, 2));
    const [first] = grad(base.sum(), x, { createGraph: true });
    const [second] = grad((first as NonNullable<typeof first>).sum(), x);
    // base = [x0^2 x1, x1^2 x2, x2^2]
    expect(first?.toArraySync()).toEqual([4, 1 + 12, 4 + 6]);
    expect(second?.toArraySync()).toEqual([2 * 2 + 2 * 1, 2 * 1 + 2 * 3 + 2 * 2, 2 * 2 + 2]);
  });

  it('refuse views whose elements share memory', () => {
    expect(() => tensor([1]).expand([3]).add_(1)).toThrow(/clone\(\)/);
  });

  it('copy operands that overlap the target', () => {
    const x = f64([1, 2, 3]);
    x.narrow(0, 1, 2).copy_(x.narrow(0, 0, 2));
    expect(x.toArraySync()).toEqual([1, 1, 2]);
  });

  it('are refused on one of several views that an op gave', () => {
    const x = leaf([4]);
    for (const [op, parts] of [
      ['unbind', (y: typeof x) => y.unbind()],
      ['split', (y: typeof x) => y.split(2)],
      ['split', (y: typeof x) => y.chunk(2)],
    ] as const) {
      const [part] = parts(x.mul(1)) as [typeof x];
      expect(() => part.mul_(2)).toThrow(new RegExp(`mul_: one of several views that ${op} gave`));
      expect(() => part.reshape([-1]).mul_(2)).toThrow(/one of several views/);
      expect(() => noGrad(() => part.mul_(2))).not.toThrow();
    }
    const plain = zeros([4]);
    plain.chunk(2)[0]?.add_(1);
    expect(plain.toArraySync()).toEqual([1, 1, 0, 0]);
    expect(() => plain.chunk(2)[0]?.mul_(f64([1, 1], { requiresGrad: true }).float())).toThrow(/one of several/);
  });

  it('are refused on views that were made without recording', () => {
    const base = leaf([4]).mul(1);
    const view = noGrad(() => base.reshape([2, 2]));
    expect(() => view.mul_(2)).toThrow(/made without recording/);
    noGrad(() => view.mul_(2));
  });

  it('name the op that needs the tensor when a detached twin was written', () => {
    const y = leaf([2, 3]).mul(1);
    const z = y.exp();
    z.detach().zero_();
    expect(() => z.sum().backward()).toThrow(
      /'exp' was modified in place: float64 \[2, 3\] is at version 1, expected 0/,
    );
  });

  it('through strides over the storage, for gradients that lie anywhere', () => {
    const source = leaf([2]);
    const base = zeros([4], { dtype: 'float64' });
    base.asStrided([2], [2], 1).copy_(source);
    const gradient = f64([0, 0, 1, 2, 3, 4]).narrow(0, 2, 4);
    expect(grad(base, source, { gradOutputs: gradient })[0]?.toArraySync()).toEqual([2, 4]);
  });
});
