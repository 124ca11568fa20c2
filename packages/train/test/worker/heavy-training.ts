import { DataLoader, TensorDataset } from '@gradus/data';
import { crossEntropy } from '@gradus/losses';
import { Linear, type Module, ReLU, Sequential } from '@gradus/nn';
import { Adam } from '@gradus/optim';
import { manualSeed, randn, type Tensor } from '@gradus/tensor';
import { type Callback, Trainer } from '../../src/index.ts';

/** With 1024 samples, steps of some 0.2 s on one thread: each of them would keep a page from drawing. */
export async function trainHeavily(epochs: number, samples: number, callback: Callback<unknown> = {}): Promise<Module> {
  manualSeed(0);
  const x = randn([samples, 64]);
  const data = new TensorDataset({ x, y: x.select(1, 0).gt(0).int() });
  const model = new Sequential(new Linear(64, 512), new ReLU(), new Linear(512, 256), new ReLU(), new Linear(256, 2));
  const trainer = new Trainer<{ x: Tensor; y: Tensor }>({
    model,
    optimizer: new Adam(model.parameters()),
    forward: (batch) => model.forward(batch.x),
    loss: (outputs, { y }) => crossEntropy(outputs, y),
    callbacks: [callback],
  });
  await trainer.fit(new DataLoader(data, { batchSize: samples }), { epochs });
  return model;
}
