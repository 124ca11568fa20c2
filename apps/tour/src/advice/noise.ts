import { CosineAnnealingLR, manualSeed, Parameter, randn, SGD, scope, zeros } from '@gradus/gradus';

/**
 * The loss, a sum of squares, after 400 steps on gradients with noise of size 1 on them: what batches are like. At a constant learning
 * rate it stays where steps and noise balance; a schedule brings it below.
 */
export async function descendInNoise(decays: boolean): Promise<number> {
  manualSeed(0);
  const x = new Parameter(zeros([100]));
  const optimizer = new SGD([x], { lr: 0.2 });
  const scheduler = decays ? new CosineAnnealingLR(optimizer, 400) : null;
  for (let i = 0; i < 400; i++) {
    scope(() => {
      optimizer.zeroGrad();
      x.square()
        .sum()
        .div(2)
        .add(x.mul(randn([100])).sum())
        .backward();
      optimizer.step();
    });
    scheduler?.step();
  }
  return x.square().sum().div(2).item();
}
