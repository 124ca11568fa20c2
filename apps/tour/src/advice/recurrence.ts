import { clipGradNorm, manualSeed, Parameter, randn, SGD, scope, type Tensor, tensor } from '@gradus/gradus';

/**
 * Trains h = w h + u x over sequences of 30 numbers to give their last one: w has to become 0. It begins at 1.3, so that the
 * gradient is a sum of powers of it.
 *
 * @param limit the largest norm of the gradient, or null for no limit.
 * @returns the loss before every step.
 */
export async function trainRecurrence(limit: number | null, steps = 300): Promise<number[]> {
  manualSeed(0);
  const [w, u] = [new Parameter(tensor(1.3)), new Parameter(tensor(0.5))];
  const optimizer = new SGD([w, u], { lr: 0.01 });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const loss = scope(() => {
      const x = randn([8, 30]);
      optimizer.zeroGrad();
      const error = run(x, w, u).sub(x.select(1, 29)).square().mean();
      error.backward();
      if (limit !== null) clipGradNorm([w, u], limit);
      optimizer.step();
      return error;
    });
    losses.push(await loss.item());
    loss.dispose();
  }
  return losses;
}

function run(x: Tensor, w: Parameter, u: Parameter): Tensor {
  let state = x.select(1, 0).mul(u);
  for (let t = 1; t < 30; t++) state = state.mul(w).add(x.select(1, t).mul(u));
  return state;
}
