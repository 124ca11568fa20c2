import type { Mnist } from '@gradus/data/sets';
import {
  Adam,
  DataLoader,
  History,
  type Losses,
  type Measurements,
  manualSeed,
  ProgressBar,
  type Tensor,
  Trainer,
} from '@gradus/gradus';
import { type Bound, type Sizes, Vae } from './vae.ts';

export interface Recipe extends Sizes {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
}

interface Digits {
  readonly image: Tensor;
}

export interface Trained {
  readonly model: Vae;
  /** After every epoch, on the test images: `loss` is -ELBO, `reconstruction` and `divergence` its parts, in nats. */
  readonly measured: readonly Measurements[];
}

/** Bytes [N, 1, 28, 28] as the model takes them. */
export function pixels(image: Tensor): Tensor {
  return image.flatten(1).float().div(255);
}

/** Trains until done or aborted. */
export async function train(digits: Mnist, test: Mnist, recipe: Recipe, signal: AbortSignal): Promise<Trained> {
  const { epochs, batchSize, lr, seed } = recipe;
  manualSeed(seed);
  const model = new Vae(recipe);
  const history = new History<Digits>();
  const trainer = new Trainer<Digits, Bound>({
    model,
    optimizer: new Adam(model.parameters(), { lr }),
    forward: ({ image }) => model.forward(pixels(image)),
    loss: losses,
    callbacks: [new ProgressBar(), history],
  });
  const loader = new DataLoader(digits, { batchSize, shuffle: true });
  const validation = new DataLoader(test, { batchSize: 1000 });
  await trainer.fit(loader, { epochs, validation, signal });
  return { model, measured: history.epochs.map(({ validation }) => validation as Measurements) };
}

/** -ELBO and its parts, the means over a batch. */
function losses({ reconstruction, divergence }: Bound): Losses {
  const parts = { reconstruction: reconstruction.mean(), divergence: divergence.mean() };
  return { loss: parts.reconstruction.add(parts.divergence), ...parts };
}
