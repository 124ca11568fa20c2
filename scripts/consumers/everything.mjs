import assert from 'node:assert/strict';
import {
  Adam,
  binaryCrossEntropyWithLogits,
  defaultBackend,
  Linear,
  manualSeed,
  Sequential,
  Tanh,
  tensor,
} from '@gradus/gradus';

assert.equal(defaultBackend().name, 'wasm');
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
for (let step = 0; step < 300; step++) {
  const loss = binaryCrossEntropyWithLogits(model.forward(inputs), targets);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
}
const predictions = await model.forward(inputs).data();
assert.deepEqual(
  [...predictions].map((logit) => Number(logit > 0)),
  [0, 1, 1, 0],
);
