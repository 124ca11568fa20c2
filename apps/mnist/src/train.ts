import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noGrad } from '@gradus/autograd';
import { DataLoader } from '@gradus/data';
import { crossEntropy } from '@gradus/losses';
import type { Module } from '@gradus/nn';
import { Adam, StepLR } from '@gradus/optim';
import { manualSeed, scope } from '@gradus/tensor';
import {
  accuracy,
  History,
  loadCheckpoint,
  ProgressBar,
  readCheckpointExtra,
  saveCheckpoint,
  Trainer,
} from '@gradus/train';
import { type Digits, type DigitsBatch, loadDigits, standardize } from './mnist.ts';
import { createModel } from './models.ts';
import type { Options } from './options.ts';
import { type Recipe, recipeOf } from './recipe.ts';
import type { Predictions } from './report.ts';

export interface Outcome {
  readonly model: Module;
  readonly test: Digits;
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
  const recipe = resume === null ? options.recipe : recipeOf(resume, saved, options.asked);
  manualSeed(recipe.seed);
  const model = createModel(recipe.model);
  const [digits, test] = await Promise.all([loadDigits('train', recipe.samples), loadDigits('t10k', 10_000)]);
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

/** A mistake in the path had better show before training than after it. */
async function assertWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
}

/** The most likely digit for every image. */
export async function predict(model: Module, digits: Digits): Promise<Predictions> {
  const predicted: number[] = [];
  model.eval();
  for await (const { image, label } of new DataLoader(digits, { batchSize: 1000 })) {
    const best = scope(() => noGrad(() => model.forward(standardize(image)).argmax({ dim: 1 })));
    predicted.push(...(await best.data()));
    for (const used of [image, label, best]) used.dispose();
  }
  return { predicted, actual: await digits.fields.label.data() };
}
