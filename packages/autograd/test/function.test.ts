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

  it('reads saved inputs, outputs and intermediates', async () => {
    class Logistic extends Function {
      forward(context: FunctionContext, x: Tensor): Tensor {
        const y = x.neg().exp().add(1).reciprocal();
        context.saveForBackward(y);
        return y;
      }

      backward(context: FunctionContext, g: Tensor): (Tensor | null)[] {
        const [y] = context.savedTensors as [Tensor];
        return [g.mul(y).mul(y.neg().add(1))];
      }
    }
    await gradgradcheck((x) => Logistic.apply(x), [leaf([3])]);
    const y = Logistic.apply(leaf([2]));
    y.mul_(2);
    expect(() => y.sum().backward()).toThrow(/'Logistic' was modified in place/);
  });

  it('gets null for outputs without gradient where it asks for that', () => {
    const seen: unknown[] = [];
    class Pair extends Function {
      forward(context: FunctionContext, x: Tensor): readonly Tensor[] {
        context.setMaterializeGrads(false);
        return [x.mul(2), x.mul(3)];
      }

      backward(_: FunctionContext, a: Tensor, b: Tensor | null): (Tensor | null)[] {
        seen.push(b);
        return [a.mul(2)];
      }
    }
    const x = leaf([2]);
    const [first] = Pair.apply(x) as [Tensor, Tensor];
    expect(grad(first.sum(), x)[0]?.toArraySync()).toEqual([2, 2]);
    expect(seen).toEqual([null]);
  });

  it('says which arguments need gradients', () => {
    const needs: unknown[] = [];
    class Note extends Function {
      forward(context: FunctionContext, a: Tensor, _b: Tensor, _k: number): Tensor {
        needs.push(context.needsInputGrad);
        return a.mul(1);
      }

      backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
        return [g, null, null];
      }
    }
    Note.apply(leaf([1]), f64([1]), 2);
    expect(needs).toEqual([[true, false, false]]);
  });

  it('returns an argument as another handle, and one that it wrote as the same', () => {
    class Same extends Function {
      forward(_: FunctionContext, x: Tensor): Tensor {
        return x;
      }

      backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
        return [g.mul(5)];
      }
    }
    class Double extends Function {
      forward(context: FunctionContext, x: Tensor): Tensor {
        context.markDirty(x);
        return x.mul_(2);
      }

      backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
        return [g.mul(2)];
      }
    }
    class Forgetful extends Double {
      override forward(context: FunctionContext, x: Tensor): Tensor {
        return super.forward(context, x).clone();
      }
    }
    const x = leaf([2]);
    const same = Same.apply(x);
    expect(same).not.toBe(x);
    expect(grad(same.sum(), x)[0]?.toArraySync()).toEqual([5, 5]);
    const base = x.mul(1);
    const part = base.select(0, 1);
    expect(Double.apply(part)).toBe(part);
    expect(grad(base.sum(), x)[0]?.toArraySync()).toEqual([1, 2]);
    expect(() => Double.apply(leaf([1]))).toThrow(/Double_: a leaf that requires grad/);
    expect(() => Forgetful.apply(x.mul(1))).toThrow(/dirty, but didn't return it/);
  });

  it('checks the shapes of its gradients, and sums broadcast ones', () => {
    class Shaped extends Function {
      forward(_: FunctionContext, x: Tensor, _g: Tensor): Tensor {
        return x.mul(1);
      }

      backward(): (Tensor | null)[] {
        return [gradient, null];
      }
    }
    let gradient = f64([
      [1, 2],
      [3, 4],
    ]);
    const x = leaf([2]);
    expect(grad(Shaped.apply(x, gradient).sum(), x)[0]?.toArraySync()).toEqual([4, 6]);
    gradient = f64([1, 2, 3]);
    expect(() => grad(Shaped.apply(x, gradient).sum(), x)).toThrow(
      /gradient 0 has shape \[3\], but the argument \[2\]/,
    );
  });

  it('refuses second derivatives where it says so', () => {
    class Once extends Cube {
      override readonly onceDifferentiable = true;
    }
    const x = leaf([2]);
    const [g] = grad(Once.apply(x).sum(), x, { createGraph: true });
    expect(g?.toArraySync()).toEqual(x.mul(x).mul(3).toArraySync());
    expect(() => grad((g as Tensor).sum(), x)).toThrow(/Once backward: differentiated twice/);
  });
});
