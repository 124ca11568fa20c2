// The training, in a worker of its own.
import {
  Adam,
  crossEntropy,
  Linear,
  linspace,
  manualSeed,
  meshgrid,
  noGrad,
  Sequential,
  stack,
  Tanh,
} from '@gradus/gradus';
import { spirals } from './spirals.ts';

manualSeed(0); // the same numbers at every run
const { points, labels } = spirals();
const model = new Sequential(new Linear(2, 64), new Tanh(), new Linear(64, 64), new Tanh(), new Linear(64, 2));
const optimizer = new Adam(model.parameters(), { lr: 0.01 });

const size = 96;
const axis = linspace(-1.1, 1.1, size);
const places = stack(meshgrid([axis, axis], { indexing: 'xy' }), { dim: 2 }).reshape([size * size, 2]);

for (let step = 1; step <= 500; step++) {
  const loss = crossEntropy(model.forward(points), labels);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  if (step % 10 === 0) {
    const right = noGrad(() => model.forward(points).argmax({ dim: 1 }).eq(labels).float().mean());
    const answers = noGrad(() => model.forward(places).softmax(1).select(1, 1));
    const message = {
      step,
      loss: await loss.item(),
      accuracy: await right.item(),
      size,
      answers: await answers.data(),
    };
    postMessage(message);
  }
}
