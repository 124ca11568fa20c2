import {
  Adam,
  crossEntropy,
  DataLoader,
  Linear,
  manualSeed,
  noGrad,
  Sequential,
  saveSafetensors,
  Tanh,
  TensorDataset,
} from '@gradus/gradus';
import { spirals } from './spirals.ts';

manualSeed(0); // the same numbers at every run
const loader = new DataLoader(new TensorDataset(spirals()), { batchSize: 50, shuffle: true });
const model = new Sequential(new Linear(2, 64), new Tanh(), new Linear(64, 64), new Tanh(), new Linear(64, 2));
const optimizer = new Adam(model.parameters(), { lr: 0.01 });

for (let epoch = 1; epoch <= 60; epoch++) {
  let total = 0;
  for await (const { points, labels } of loader) {
    const loss = crossEntropy(model.forward(points), labels);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    total += await loss.item();
  }
  if (epoch % 10 === 0) console.log(`epoch ${epoch}: loss ${(total / 8).toFixed(4)}`);
}

const { points, labels } = spirals(); // points that it hasn't seen
const right = noGrad(() => model.forward(points).argmax({ dim: 1 }).eq(labels).float().mean());
console.log(`accuracy on new points: ${(100 * (await right.item())).toFixed(1)} %`);
await saveSafetensors('model.safetensors', model.stateDict());
console.log('saved model.safetensors, which PyTorch reads, too');
