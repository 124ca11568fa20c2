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

/** Learns "exclusive or" on the backend in use: the first loss and the last one. */
export async function train() {
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
  const losses = [];
  for (let step = 0; step < 200; step++) {
    const loss = binaryCrossEntropyWithLogits(model.forward(inputs), targets);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  return { backend: defaultBackend().name, first: losses.at(0), last: losses.at(-1) };
}
