import { AutogradError } from '@gradus/storage';
import { type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { Function, type FunctionContext, gradcheck, gradgradcheck } from '../src/index.ts';
import '../src/transforms/index.ts';
import { leaf } from './setup.ts';

/** x^3 with a gradient of x^2. */
class WrongCube extends Function {
  forward(context: FunctionContext, x: Tensor): Tensor {
    context.saveForBackward(x);
    return x.pow(3);
  }

  backward(context: FunctionContext, g: Tensor): (Tensor | null)[] {
    const [x] = context.savedTensors as [Tensor];
    return [g.mul(x.square())];
  }
}

/** x^3 whose gradient is right, and stays behind when it is differentiated again. */
class CubeOnce extends WrongCube {
  override backward(context: FunctionContext, g: Tensor): (Tensor | null)[] {
    const [x] = context.savedTensors as [Tensor];
    return [g.mul(x.detach().square().mul(3))];
  }
}

describe('gradcheck', () => {
  it('finds a wrong gradient and names its place', async () => {
    const check = gradcheck((x) => WrongCube.apply(x), [leaf([2])]);
    await expect(check).rejects.toThrow(AutogradError);
    await expect(check).rejects.toThrow(
      /^gradcheck: output 0, input 0 \[2\]: d output\[0\] \/ d input\[0\] is .*, differences give /,
    );
  });

  it('finds a gradient that flows where no value does', async () => {
    await expect(gradcheck((x, y) => x.add(y.sub(y.detach())), [leaf([2]), leaf([2], 2)])).rejects.toThrow(/input 1/);
  });

  it('finds a wrong second gradient', async () => {
    expect(await gradcheck((x) => CubeOnce.apply(x), [leaf([2])])).toBe(true);
    await expect(gradgradcheck((x) => CubeOnce.apply(x), [leaf([2])])).rejects.toThrow(AutogradError);
  });

  it('needs float64', async () => {
    await expect(gradcheck((x) => x.exp(), [tensor([1], { requiresGrad: true })])).rejects.toThrow(/must be float64/);
  });
});

describe('options', () => {
  class Wrong extends Function {
    forward(_: FunctionContext, x: Tensor): Tensor {
      return x.mul(2);
    }

    backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
      return [g.mul(3)];
    }
  }
  class Noisy extends Wrong {
    override backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
      return [g.mul(2 + 1e-9 * passes++)];
    }
  }
  class Offset extends Wrong {
    override backward(_: FunctionContext, g: Tensor): (Tensor | null)[] {
      return [g.mul(2).add(1)];
    }
  }
  let passes = 0;

  it('raiseException: false resolves to false', async () => {
    expect(await gradcheck((x) => Wrong.apply(x), [leaf([2])], { raiseException: false })).toBe(false);
    expect(await gradcheck((x) => x.exp(), [leaf([2])], { raiseException: false })).toBe(true);
  });

  it('nondetTol: how much passes may differ', async () => {
    await expect(gradcheck((x) => Noisy.apply(x), [leaf([2])])).rejects.toThrow(/a second pass/);
    await gradcheck((x) => Noisy.apply(x), [leaf([2])], { nondetTol: 1e-6 });
  });

  it('checkUndefinedGrad: nothing from nothing', async () => {
    await expect(gradcheck((x) => Offset.apply(x), [leaf([2])])).rejects.toThrow(
      /isn't zero where the one that arrives is/,
    );
  });

  it('fastMode compares one product', async () => {
    const fn = (x: Tensor, y: Tensor): Tensor => x.matmul(y).tanh();
    await gradcheck(fn, [leaf([3, 4], 1), leaf([4, 2], 2)], { fastMode: true });
    await expect(gradcheck((x) => Wrong.apply(x), [leaf([2])], { fastMode: true })).rejects.toThrow(/fast mode/);
  });

  it('checkBatchedGrad compares with all rows at once', async () => {
    await gradcheck((x) => x.cumprod(0).softmax(0), [leaf([4])], { checkBatchedGrad: true });
  });
});
