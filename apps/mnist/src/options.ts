import { backendOption, fromUser, positive, type Wish, wholeNumber, wishOf } from 'command-line';
import { Command, Option } from 'commander';
import { modelNames } from './models.ts';

/** Everything that decides the numbers of a run. */
export interface Recipe {
  readonly model: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly samples: number;
}

export interface Options extends Wish<Recipe> {
  readonly backend: string;
  readonly checkpoint: string;
  readonly resume: string | null;
}

/** Reads the command line; bad values end the program with one line and exit code 1. */
export function parseOptions(args: readonly string[]): Options {
  const command = new Command('npm start --')
    .description('Trains a classifier of handwritten digits on MNIST: 60,000 images to train, 10,000 to test.')
    .addOption(backendOption())
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
  const { backend, checkpoint, resume, ...recipe } = command.opts<Recipe & Omit<Options, keyof Wish<Recipe>>>();
  return {
    ...wishOf<Recipe>(command, recipe),
    backend,
    checkpoint: fromUser(checkpoint),
    resume: typeof resume === 'string' ? fromUser(resume) : null,
  };
}
