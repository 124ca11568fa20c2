import { defaultBackend } from '@gradus/backend';
import { manualSeed, rand, scope, type Tensor } from '@gradus/tensor';
import { dropout } from '@gradus/tensor/functional';
import { describe, expect, it } from 'vitest';
import {
  checkpoint,
  checkpointSequential,
  checkpointWith,
  grad,
  gradcheck,
  gradgradcheck,
  noGrad,
} from '../src/index.ts';
import { f64, leaf } from './setup.ts';

const live = (): number => defaultBackend().memory().liveBuffers;

describe('checkpoint', () => {
  const w = leaf([3, 3], 9);
  const block = (x: Tensor): Tensor => x.matmul(w).tanh().mul(x).exp();

  it('has the gradients of the function, also of what the function closes over', () => {
    const x = leaf([2, 3]);
    const [gx, gw] = grad(block(x).sum(), [x, w]);
    let runs = 0;
    const counted = (y: Tensor): Tensor => {
      runs++;
      return block(y);
    };
    const out = checkpoint(counted, x);
    expect(runs).toBe(1);
    const [cx, cw] = grad(out.sum(), [x, w]);
    expect(runs).toBe(2);
    expect(cx?.toArraySync()).toEqual(gx?.toArraySync());
    expect(cw?.toArraySync()).toEqual(gw?.toArraySync());
  });

  it('works in recorded passes, and nested', async () => {
    const x = leaf([2, 3]);
    await gradcheck((y) => checkpoint(block, y), [x]);
    await gradgradcheck((y) => checkpoint(block, y), [x]);
    const nested = (y: Tensor): Tensor => checkpoint(block, checkpoint(block, y.mul(0.5)).mul(0.1));
    await gradcheck((y) => checkpoint(nested, y), [x]);
    await gradgradcheck((y) => checkpoint(nested, y), [x]);
  });

  it('keeps nothing between forward and backward but its arguments and results', () => {
    const x = leaf([2, 3]);
    const steps = (y: Tensor): Tensor => y.exp().sin().exp().sin().exp();
    const held = (run: (y: Tensor) => Tensor): number => {
      const before = live();
      scope(() => run(x));
      return live() - before;
    };
    expect(held(steps)).toBe(3);
    expect(held((y) => checkpoint(steps, y))).toBe(1);
    const out = checkpoint(steps, x);
    out.sum().backward();
    expect(() => out.sum().backward()).toThrow(/through a checkpoint a second time/);
  });

  it('draws the same random numbers again, and leaves the generator where it was', () => {
    manualSeed(5);
    const x = leaf([100]);
    const out = checkpoint((y: Tensor) => dropout(y, { p: 0.5 }).exp(), x);
    const next = rand([1]).itemSync();
    const [g] = grad(out.sum(), x) as [Tensor];
    // exp of a dropped element is 1, and its gradient 0.
    const dropped = (out.toArraySync() as number[]).map((value) => value === 1);
    expect((g.toArraySync() as number[]).map((value) => value === 0)).toEqual(dropped);
    manualSeed(5);
    dropout(x);
    expect(rand([1]).itemSync()).toBe(next);
  });

  it('can be gone through twice where the graph is retained', () => {
    const x = leaf([3]);
    const out = checkpoint((y: Tensor) => y.exp(), x).sum();
    out.backward({ retainGraph: true });
    out.backward();
    expect(x.grad?.toArraySync()).toEqual(x.exp().mul(2).toArraySync());
  });

  it('refuses a function that does something else the second time, and changed arguments', () => {
    const x = leaf([2]);
    let runs = 0;
    const fickle = checkpoint((y: Tensor) => {
      runs++;
      return runs === 1 ? y.exp() : y.exp().exp();
    }, x);
    expect(() => fickle.sum().backward()).toThrow(/saved 1 tensors at first and 2/);
    const y = x.mul(1);
    const out = checkpoint((z: Tensor) => z.exp(), y);
    noGrad(() => y.add_(1));
    expect(() => out.sum().backward()).toThrow(/argument 0, \[2\], was modified in place/);
  });

  it('is only a call where nothing is recorded; options and sequences', () => {
    const x = leaf([2]);
    expect(noGrad(() => checkpoint((y: Tensor) => y.exp(), x)).requiresGrad).toBe(false);
    const layers = [1, 2, 3, 4, 5].map((k) => (y: Tensor) => y.mul(0.1 * k).sin());
    const plain = grad(layers.reduce((y: Tensor, layer) => layer(y), x).sum(), x)[0];
    const found = grad(checkpointSequential(layers, 2, x).sum(), x)[0];
    expect(found?.toArraySync()).toEqual(plain?.toArraySync());
    const out = checkpointWith(
      { preserveRngState: false },
      (y: Tensor, k: number) => y.exp().mul(k),
      f64([1], { requiresGrad: true }),
      3,
    );
    expect(out.itemSync()).toBeCloseTo(3 * Math.E, 12);
  });
});
