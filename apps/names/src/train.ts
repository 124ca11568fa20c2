import {
  AdamW,
  CosineAnnealingLR,
  crossEntropy,
  DataLoader,
  type Module,
  manualSeed,
  ProgressBar,
  perplexity,
  randomSplit,
  TensorDataset,
  Trainer,
} from '@gradus/gradus';
import type { Alphabet, EncodedNames } from './alphabet.ts';
import { createModel } from './models.ts';

export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
}

export interface Trained {
  readonly name: string;
  readonly model: Module;
  readonly parameters: number;
  /** Mean cross entropies of a letter, in nats. */
  readonly trainingLoss: number;
  readonly validationLoss: number;
  readonly seconds: number;
}

/** Trains a model by its name on nine tenths of the first names, chosen at random; the others are what it is measured by. */
export async function train(
  name: string,
  alphabet: Alphabet,
  firstNames: readonly string[],
  recipe: Recipe,
): Promise<Trained> {
  const { epochs, batchSize, lr, seed } = recipe;
  const started = performance.now();
  manualSeed(seed);
  const [training, validation] = randomSplit(new TensorDataset(alphabet.encode(firstNames)), [0.9, 0.1]);
  const model = createModel(name, alphabet.size, alphabet.longest + 1);
  const optimizer = new AdamW(model.parameters(), { lr, weightDecay: 0.1 });
  const trainer = new Trainer<EncodedNames>({
    model,
    optimizer,
    scheduler: new CosineAnnealingLR(optimizer, epochs),
    forward: ({ inputs }) => model.forward(inputs).transpose(1, 2),
    loss: (logits, { targets }) => crossEntropy(logits, targets),
    metrics: [perplexity(({ targets }) => targets)],
    callbacks: [new ProgressBar()],
  });
  await trainer.fit(new DataLoader(training, { batchSize, shuffle: true }), { epochs });
  const seconds = (performance.now() - started) / 1000;
  // The mean over letters; `loss` would be that over batches, whose names are longer or shorter.
  const lossOn = async (names: typeof training): Promise<number> =>
    Math.log((await trainer.evaluate(new DataLoader(names, { batchSize: 1000 }))).perplexity as number);
  return {
    ...{ name, model, seconds, parameters: model.parameters().reduce((sum, p) => sum + p.size, 0) },
    trainingLoss: await lossOn(training),
    validationLoss: await lossOn(validation),
  };
}
