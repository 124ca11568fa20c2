import { binaryCrossEntropyWithLogits } from '@gradus/losses';
import { Linear, Sequential, Tanh } from '@gradus/nn';
import { Adam } from '@gradus/optim';
import { manualSeed, scope, tensor } from '@gradus/tensor';
import '@gradus/autograd';

/** Trains a small network on exclusive or; gives its four answers, for 00, 01, 10 and 11. */
export async function trainXor(steps = 200): Promise<boolean[]> {
  manualSeed(0);
  const inputs = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const targets = tensor([[0], [1], [1], [0]]);
  const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  for (let step = 0; step < steps; step++) {
    scope(() => {
      optimizer.zeroGrad();
      binaryCrossEntropyWithLogits(model.forward(inputs), targets).backward();
      optimizer.step();
    });
  }
  return Array.from(await model.forward(inputs).gt(0).data(), Boolean);
}
