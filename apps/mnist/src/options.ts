import { relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { modelNames } from './models.ts';
import type { Recipe } from './recipe.ts';

export interface Options {
  readonly backend: string;
  /** How to train, where no checkpoint says it. */
  readonly recipe: Recipe;
  /** The part of the recipe that the command line asks for. */
  readonly asked: Partial<Recipe>;
  readonly checkpoint: string;
  readonly resume: string | null;
}

/** Reads the command line; bad values end the program with one line and exit code 1. */
export function parseOptions(backends: readonly string[], args: readonly string[]): Options {
  const command = new Command('npm start --')
    .description('Trains a classifier of handwritten digits on MNIST: 60,000 images to train, 10,000 to test.')
    .addOption(new Option('--backend <name>', 'where tensors live').choices(backends).default('wasm'))
    .addOption(new Option('--model <name>', 'what is trained').choices(modelNames).default('cnn'))
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1), 4)
    .option('--batch-size <n>', 'images per step', wholeNumber(1, 60_000), 128)
    .option('--lr <x>', 'learning rate of Adam in the first epoch, halved after each', positive, 2e-3)
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0), 0)
    .option('--samples <n>', 'how many of the training images to use', wholeNumber(1, 60_000), 60_000)
    .option('--checkpoint <file>', 'where the trained state is saved', 'runs/mnist.safetensors')
    .option('--resume <file>', 'go on from a checkpoint, as it was begun; only --epochs may change')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .parse(args, { from: 'user' });
  const { backend, checkpoint, resume, ...recipe } = command.opts<Recipe & Omit<Options, 'recipe' | 'asked'>>();
  const asked = Object.entries(recipe).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return {
    backend,
    recipe,
    asked: Object.fromEntries(asked),
    checkpoint: fromUser(checkpoint),
    resume: typeof resume === 'string' ? fromUser(resume) : null,
  };
}

/** Where the user is: npm runs scripts in the project's folder, but says where it was called. */
const userFolder = process.env.INIT_CWD ?? process.cwd();

function fromUser(path: string): string {
  return resolve(userFolder, path);
}

/** A path as the user would write it. */
export function toUser(path: string): string {
  const below = relative(userFolder, path);
  return below.startsWith('..') ? path : below;
}

function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = max < Number.MAX_SAFE_INTEGER ? `from ${min} to ${max}` : `of at least ${min}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}
