import { backendOption, fromUser, positive, type Wish, wholeNumber, wishOf } from 'command-line';
import { Command } from 'commander';
import type { Sizes } from './gpt.ts';
import type { Style } from './write.ts';

/** Everything that decides the numbers of a training. */
export interface Recipe extends Sizes {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  /** So much of the book is used. */
  readonly characters: number;
}

export const defaults: Recipe = {
  layers: 4,
  width: 128,
  heads: 4,
  context: 64,
  epochs: 3,
  batchSize: 16,
  lr: 2e-3,
  seed: 0,
  characters: 2_000_000,
};

export interface WriteOptions extends Style {
  readonly backend: string;
  readonly checkpoint: string;
  readonly prompt: string;
}

export interface TrainOptions extends Wish<Recipe>, WriteOptions {
  readonly resume: string | null;
}

export interface Commands {
  train(options: TrainOptions): Promise<void>;
  write(options: WriteOptions & { readonly seed: number }): Promise<void>;
}

/** The command line; bad values end the program with one line and exit code 1. */
export function commandLine({ train, write }: Commands): Command {
  const command = new Command('char-gpt').description('A GPT learns to write like Moby-Dick, character by character.');
  withStyle(command.command('train', { isDefault: true }).description('trains, and writes a little'))
    .option('--layers <n>', 'transformer blocks', wholeNumber(1), defaults.layers)
    .option('--width <n>', 'numbers per character', wholeNumber(1), defaults.width)
    .option('--heads <n>', 'attention heads', wholeNumber(1), defaults.heads)
    .option('--context <n>', 'characters that are seen at once', wholeNumber(1, 1024), defaults.context)
    .option('--epochs <n>', 'how often the book is read', wholeNumber(1), defaults.epochs)
    .option('--batch-size <n>', 'pieces of text per step', wholeNumber(1), defaults.batchSize)
    .option('--lr <x>', 'learning rate of AdamW in the first epoch, halved after each', positive, defaults.lr)
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0), defaults.seed)
    .option('--characters <n>', 'how much of the book is read', wholeNumber(20_000), defaults.characters)
    .option('--resume <file>', 'go on from a checkpoint, as it was begun; only --epochs may change')
    .action((options: Recipe & TrainOptions, self: Command) => {
      const { backend, checkpoint, prompt, length, temperature, topK, resume, ...recipe } = options;
      return train({
        ...wishOf<Recipe>(self, recipe),
        ...{ backend, prompt, length, temperature, topK },
        checkpoint: fromUser(checkpoint),
        resume: typeof resume === 'string' ? fromUser(resume) : null,
      });
    });
  withStyle(command.command('write').description('writes, from a checkpoint'))
    .option('--seed <n>', 'seed of what is drawn', wholeNumber(0), 0)
    .action((options: WriteOptions & { readonly seed: number }) =>
      write({ ...options, checkpoint: fromUser(options.checkpoint) }),
    );
  return command;
}

function withStyle(command: Command): Command {
  return command
    .addOption(backendOption())
    .option('--checkpoint <file>', 'where the trained state is', 'runs/char-gpt.safetensors')
    .option('--prompt <text>', 'what the text begins with', 'Call me ')
    .option('--length <n>', 'characters to write', wholeNumber(0), 500)
    .option('--temperature <x>', 'below 1 the likely becomes likelier', positive, 0.8)
    .option('--top-k <n>', 'how many of the likeliest characters are considered', wholeNumber(1), 40)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false);
}
