import { Adam, mseLoss, noGrad, Parameter, scope, type Tensor, tensor } from '@gradus/gradus';

/** How a fit of y = theta x ended. */
export interface Fit {
  readonly theta: number;
  /** Before every step. */
  readonly losses: readonly number[];
}

/** The gradient of x * x + 2x + 1 at 3, which is 2 * 3 + 2. */
export async function gradientAtThree(): Promise<number> {
  const x = tensor(3, { requiresGrad: true });
  const y = x.mul(x).add(x.mul(2)).add(1);
  y.backward();
  return x.grad!.item();
}

/** Fits y = 2x by plain gradient descent. */
export function gradientDescent(steps = 1000, lr = 0.1): Promise<Fit> {
  const theta = new Parameter(tensor(1));
  return fit(theta, steps, (loss) => {
    loss.backward();
    noGrad(() => theta.sub_(theta.grad!.mul(lr)));
    theta.grad!.dispose();
    theta.grad = null;
  });
}

/** Fits y = 2x by Adam. */
export function adam(steps = 1000, lr = 0.1): Promise<Fit> {
  const theta = new Parameter(tensor(1));
  const optimizer = new Adam([theta], { lr });
  return fit(theta, steps, (loss) => {
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
  });
}

/** Takes `update`s of theta, each from the loss of theta x beside the points of y = 2x. */
async function fit(theta: Parameter, steps: number, update: (loss: Tensor) => void): Promise<Fit> {
  const x = tensor([1, 2, 3]);
  const y = tensor([2, 4, 6]);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = scope(() => {
      const error = mseLoss(theta.mul(x), y);
      update(error);
      return error;
    });
    losses.push(await loss.item());
    loss.dispose();
  }
  return { theta: await theta.item(), losses };
}
