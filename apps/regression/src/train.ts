import {
  AdamW,
  DataLoader,
  ExponentialLR,
  History,
  manualSeed,
  mseLoss,
  noGrad,
  randperm,
  scope,
  type Tensor,
  TensorDataset,
  Trainer,
} from '@gradus/gradus';
import { fitLinear, type Houses, PriceNet } from './models.ts';

export interface Recipe {
  readonly epochs: number;
  readonly lr: number;
  readonly width: number;
  readonly seed: number;
}

/** How well prices are predicted that no model has seen. */
export interface Fit {
  readonly name: string;
  /** For every tract of the validation split, in thousands of dollars. */
  readonly predicted: readonly number[];
  /** The share of the prices' variance that is explained. */
  readonly r2: number;
}

export interface Outcome {
  readonly actual: readonly number[];
  readonly fits: readonly [linear: Fit, network: Fit];
  /** Mean squared errors after every epoch. */
  readonly curve: readonly { readonly training: number; readonly validation: number }[];
}

/** Fits both models to four fifths of the tracts, and measures them on the others. */
export async function train(houses: Houses, recipe: Recipe): Promise<Outcome> {
  manualSeed(recipe.seed);
  const [training, validation] = split(houses);
  const model = new PriceNet(training, recipe.width);
  const curve = await fitNetwork(model, training, validation, recipe);
  model.eval();
  const actual = await numbers(validation.price);
  const measured = async (name: string, predict: (features: Tensor) => Tensor): Promise<Fit> => {
    const predicted = scope(() => noGrad(() => predict(validation.features)));
    return { name, predicted: await numbers(predicted), r2: await r2(predicted, validation.price) };
  };
  const fits = [
    await measured('linear least squares', fitLinear(training)),
    await measured('neural network', (features) => model.forward(features)),
  ] as const;
  return { actual, fits, curve };
}

function split({ features, price }: Houses, share = 0.8): readonly [Houses, Houses] {
  const count = price.shape[0] as number;
  const order = randperm(count);
  const cut = Math.floor(share * count);
  const rows = (from: number, to: number): Houses => {
    const which = order.slice(0, from, to);
    return { features: features.indexSelect(0, which), price: price.indexSelect(0, which) };
  };
  return [rows(0, cut), rows(cut, count)];
}

async function fitNetwork(
  model: PriceNet,
  training: Houses,
  validation: Houses,
  { epochs, lr }: Recipe,
): Promise<Outcome['curve']> {
  const optimizer = new AdamW(model.parameters(), { lr, weightDecay: 0.1 });
  const history = new History<Houses>();
  const trainer = new Trainer<Houses>({
    model,
    optimizer,
    scheduler: new ExponentialLR(optimizer, 0.02 ** (1 / epochs)),
    forward: ({ features }) => model.forward(features),
    loss: (predicted, { price }) => mseLoss(predicted, price),
    callbacks: [history],
  });
  const loader = (houses: Houses, shuffle: boolean): DataLoader<Houses> =>
    new DataLoader<Houses>(new TensorDataset(houses), { batchSize: 32, shuffle });
  await trainer.fit(loader(training, true), { epochs, validation: loader(validation, false) });
  return history.epochs.map(({ training, validation }) => ({
    training: training.loss as number,
    validation: validation?.loss as number,
  }));
}

/** 1 - mean squared error / variance: 1 is perfect, 0 as good as always saying the mean. */
export function r2(predicted: Tensor, actual: Tensor): Promise<number> {
  return scope(() =>
    mseLoss(predicted, actual)
      .div(actual.var({ correction: 0 }))
      .neg()
      .add(1),
  ).item();
}

async function numbers(column: Tensor): Promise<readonly number[]> {
  return Array.from((await column.data()) as Float32Array);
}
