import { ArgumentError } from '@gradus/gradus';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { recipeOf, wholeNumber, wishOf } from '../src/index.ts';

interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
}

function wish(...args: readonly string[]): ReturnType<typeof wishOf<Recipe>> {
  const command = new Command()
    .option('--epochs <n>', '', wholeNumber(1), 4)
    .option('--batch-size <n>', '', wholeNumber(1), 128)
    .parse(args, { from: 'user' });
  return wishOf<Recipe>(command, command.opts<Recipe>());
}

test('a wish is everything, and what the command line asks for', () => {
  expect(wish('--epochs', '4')).toEqual({ recipe: { epochs: 4, batchSize: 128 }, asked: { epochs: 4 } });
});

describe('the recipe of a checkpoint', () => {
  const saved = { epochs: 2, batchSize: 32, losses: [1] };

  test('is what it was begun with, for as many epochs as are asked for', () => {
    expect(recipeOf('file', saved, wish())).toEqual({ epochs: 2, batchSize: 32 });
    expect(recipeOf('file', saved, wish('--epochs', '9', '--batch-size', '32'))).toEqual({ epochs: 9, batchSize: 32 });
  });

  test('contradicts another wish', () => {
    const resume = (): unknown => recipeOf('file', saved, wish('--batch-size', '64'));
    expect(resume).toThrow(ArgumentError);
    expect(resume).toThrow("--batch-size 64: the checkpoint was begun with 32, which can't change");
  });

  test('is not that of another program', () => {
    expect(() => recipeOf('file', { epochs: 2 }, wish())).toThrow('file is no checkpoint of this program');
    expect(() => recipeOf('file', { ...saved, epochs: '2' }, wish())).toThrow('file is no checkpoint of this program');
  });
});
