import { Adam, crossEntropy, Linear, manualSeed, Sequential, scope, Tanh, type Tensor, tensor } from '../src/index.ts';

const ARMS = 3;
const POINTS = 60;

/** Points on three arms of a spiral, and which arm each is on. */
function spiral(): { readonly x: Tensor; readonly y: Tensor } {
  const arms = [...Array(ARMS).keys()].flatMap((arm) => [...Array(POINTS).keys()].map((i) => ({ arm, r: i / POINTS })));
  const points = arms.map(({ arm, r }) => {
    const angle = 4 * r + (2 * Math.PI * arm) / ARMS;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
  return {
    x: tensor(points),
    y: tensor(
      arms.map(({ arm }) => arm),
      { dtype: 'int32' },
    ),
  };
}

/** A small training run on the backend in use: the loss of every step. */
export async function trainOnSpiral(steps = 200): Promise<readonly number[]> {
  manualSeed(0);
  const { x, y } = spiral();
  const model = new Sequential(new Linear(2, 32), new Tanh(), new Linear(32, ARMS));
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = scope(() => {
      const current = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      current.backward();
      optimizer.step();
      return current;
    });
    losses.push(await loss.item());
    loss.dispose();
  }
  return losses;
}
