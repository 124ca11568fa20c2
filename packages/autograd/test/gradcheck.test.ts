import { AutogradError } from '@gradus/storage';
import { type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, it } from 'vitest';
import { Function, type FunctionContext, gradcheck, gradgradcheck } from '../src/index.ts';
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
