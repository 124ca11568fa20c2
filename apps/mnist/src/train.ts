import { dirname } from 'node:path';
import { noGrad } from '@gradus/autograd';
import { DataLoader } from '@gradus/data';
import { type Mnist, mnist } from '@gradus/data/sets';
import { crossEntropy } from '@gradus/losses';
import type { Module } from '@gradus/nn';
import { Adam, StepLR } from '@gradus/optim';
import { manualSeed, scope, type Tensor } from '@gradus/tensor';
import {
  accuracy,
  History,
  loadCheckpoint,
  ProgressBar,
  readCheckpointExtra,
  saveCheckpoint,
  Trainer,
} from '@gradus/train';
import { assertWritable, recipeOf } from 'command-line';
import { createModel } from './models.ts';
import type { Options, Recipe } from './options.ts';
import type { Predictions } from './report.ts';
import { standardize } from './standardize.ts';

/** Images and labels of one step. */
interface DigitsBatch {
  readonly image: Tensor;
  readonly label: Tensor;
}

export interface Outcome {
  readonly model: Module;
  readonly test: Mnist;
  readonly epochs: number;
  /** Of every step since the beginning, before any interruption too. */
  readonly losses: readonly number[];
  /** Whether training was stopped before its last step. */
  readonly interrupted: boolean;
}

/** Trains as the options say, until done or aborted, and saves a checkpoint either way. */
export async function train(options: Options, signal: AbortSignal): Promise<Outcome> {
  const { resume, checkpoint } = options;
  await assertWritable(dirname(checkpoint));
  const saved = resume === null ? {} : await readCheckpointExtra(resume);
  const recipe = resume === null ? options.recipe : recipeOf(resume, saved, options);
  manualSeed(recipe.seed);
  const model = createModel(recipe.model);
  const [digits, test] = await Promise.all([mnist({ count: recipe.samples }), mnist({ part: 'test' })]);
  console.log(
    `${model}\n${model.parameters().reduce((sum, p) => sum + p.size, 0)} parameters, ${digits.length} images\n`,
  );

  const history = new History<DigitsBatch>();
  const trainer = createTrainer(model, recipe, history);
  if (resume !== null) {
    await loadCheckpoint(resume, trainer);
    history.losses.push(...(saved.losses as number[]));
  }
  const loader = new DataLoader(digits, { batchSize: recipe.batchSize, shuffle: true });
  const validation = new DataLoader(test, { batchSize: 1000 });
  await trainer.fit(loader, { epochs: recipe.epochs, validation, signal });
  const { losses } = history;
  await saveCheckpoint(checkpoint, trainer, { ...recipe, losses });
  return { model, test, epochs: recipe.epochs, losses, interrupted: trainer.state.epoch < recipe.epochs };
}

function createTrainer(model: Module, { lr }: Recipe, history: History<DigitsBatch>): Trainer<DigitsBatch> {
  const optimizer = new Adam(model.parameters(), { lr });
  return new Trainer<DigitsBatch>({
    model,
    optimizer,
    scheduler: new StepLR(optimizer, 1, { gamma: 0.5 }),
    forward: ({ image }) => model.forward(standardize(image)),
    loss: (outputs, { label }) => crossEntropy(outputs, label),
    metrics: [accuracy(({ label }) => label)],
    callbacks: [new ProgressBar(), history],
  });
}

/** The most likely digit for every image. */
export async function predict(model: Module, digits: Mnist): Promise<Predictions> {
  const predicted: number[] = [];
  model.eval();
  for await (const { image, label } of new DataLoader(digits, { batchSize: 1000 })) {
    const best = scope(() => noGrad(() => model.forward(standardize(image)).argmax({ dim: 1 })));
    predicted.push(...(await best.data()));
    for (const used of [image, label, best]) used.dispose();
  }
  return { predicted, actual: await digits.fields.label.data() };
}
