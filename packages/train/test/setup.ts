import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { DataLoader, type DataLoaderOptions, TensorDataset } from '@gradus/data';
import { crossEntropy } from '@gradus/losses';
import { type AnyModule, Dropout, Linear, type Module, ReLU, Sequential } from '@gradus/nn';
import { Adam, StepLR } from '@gradus/optim';
import { Generator, manualSeed, randn, type Tensor } from '@gradus/tensor';
import { accuracy, type Callback, Trainer } from '../src/index.ts';

await use(cpu());

export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Points of the plane, told apart by the sign of the first coordinate. */
const points = 50;
const x = randn([points, 2], { generator: new Generator().manualSeed(1) });
const dataset = new TensorDataset({ x, y: x.select(1, 0).gt(0).int() });

export function createLoader(options: DataLoaderOptions<Batch, Batch> = {}): DataLoader<Batch> {
  return new DataLoader<Batch>(dataset, { batchSize: 8, shuffle: true, ...options });
}

export interface Run {
  readonly model: Module;
  readonly trainer: Trainer<Batch>;
}

/** A new model with dropout, everything from the seed, and its trainer. */
export function createRun(seed: number, ...callbacks: Callback<Batch>[]): Run {
  manualSeed(seed);
  const model = new Sequential(new Linear(2, 16), new ReLU(), new Dropout(0.3), new Linear(16, 2));
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const trainer = new Trainer<Batch>({
    model,
    optimizer,
    scheduler: new StepLR(optimizer, 1, { gamma: 0.9 }),
    forward: (batch) => model.forward(batch.x),
    loss: (outputs, batch) => crossEntropy(outputs, batch.y),
    metrics: [accuracy((batch) => batch.y)],
    callbacks,
  });
  return { model, trainer };
}

/** Every number of the model's state. */
export async function numbersOf(model: AnyModule): Promise<unknown[]> {
  return Promise.all(Array.from(model.stateDict(), async ([name, value]) => [name, await value.toArray()]));
}
