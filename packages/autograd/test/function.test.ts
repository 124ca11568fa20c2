import type { Tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { Function, type FunctionContext, grad, gradcheck, gradgradcheck } from '../src/index.ts';
import { f64, leaf } from './setup.ts';

class Cube extends Function {
  forward(context: FunctionContext, x: Tensor): Tensor {
    context.saveForBackward(x);
    return x.mul(x).mul(x);
  }

  backward(context: FunctionContext, g: Tensor): (Tensor | null)[] {
    const [x] = context.savedTensors as [Tensor];
    return [g.mul(x.mul(x).mul(3))];
  }
}

/** Scales by a number, which has no gradient. */
class Scale extends Function {
  forward(_: FunctionContext, x: Tensor, _factor: number): Tensor {
    return x.mul(2);
  }

  backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
    return [g.mul(7), null];
  }
}

class SumAndSign extends Function {
  forward(context: FunctionContext, x: Tensor): readonly Tensor[] {
    const sign = x.sign();
    context.markNonDifferentiable(sign);
    return [x.sum(), sign];
  }

  backward(_: FunctionContext, g: Tensor, gSign: Tensor): (Tensor | null)[] {
    return [g.add(gSign)];
  }
}

describe('Function', () => {
  it('uses its own gradient', () => {
    const x = f64([1, 2], { requiresGrad: true });
    Cube.apply(x).sum().backward();
    expect(x.grad?.toArraySync()).toEqual([3, 12]);
  });

  it('can be differentiated again', async () => {
    await gradcheck((x) => Cube.apply(x), [leaf([3])]);
    await gradgradcheck((x) => Cube.apply(x), [leaf([3])]);
  });

  it('takes arguments that are no tensors', () => {
    const x = leaf([1]);
    expect(grad(Scale.apply(x, 2), x)[0]?.toArraySync()).toEqual([7]);
  });

  it('has several outputs, some without gradient', () => {
    const x = leaf([2]);
    const [sum, sign] = SumAndSign.apply(x) as [Tensor, Tensor];
    expect([sum.requiresGrad, sign.requiresGrad]).toEqual([true, false]);
    expect(grad(sum, x)[0]?.toArraySync()).toEqual([1, 1]);
  });

  it('checks the versions of what it saved', () => {
    const y = leaf([2]).mul(1);
    const z = Cube.apply(y);
    y.add_(1);
    expect(() => z.sum().backward()).toThrow(/modified in place/);
  });

  it('records nothing without need', () => {
    expect(Cube.apply(f64([1])).requiresGrad).toBe(false);
  });

  it('refuses a wrong number of gradients', () => {
    class Wrong extends Cube {
      override backward(): (Tensor | null)[] {
        return [];
      }
    }
    expect(() => Wrong.apply(leaf([1])).backward()).toThrow(/Wrong.backward: gave 0 gradients for 1 arguments/);
  });
});
