import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bostonHousePrices } from '@gradus/data/sets';
import { assertWritable, fromUser, positive, runProgram, toUser, wholeNumber } from 'command-line';
import { Command } from 'commander';
import { draw } from './plot.ts';
import { type Recipe, train } from './train.ts';

await runProgram(async () => {
  const { plot, ...recipe } = new Command('regression')
    .description('Predicts house prices of Boston by a neural network and by linear least squares.')
    .option('--epochs <n>', 'passes over the training split', wholeNumber(1), 200)
    .option('--lr <x>', 'learning rate of AdamW at first; a fiftieth of it at last', positive, 5e-3)
    .option('--width <n>', 'units of a hidden layer', wholeNumber(1), 64)
    .option('--seed <n>', 'seed of all random numbers, those of the split included', wholeNumber(0), 0)
    .option('--plot <file>', 'where the picture goes', 'runs/regression.svg')
    .allowExcessArguments(false)
    .parse()
    .opts<Recipe & { plot: string }>();
  const file = fromUser(plot);
  await assertWritable(dirname(file));
  const started = performance.now();
  const outcome = await train((await bostonHousePrices()).fields, recipe);
  for (const { name, r2 } of outcome.fits) console.log(`${name.padEnd(22)} R2 ${r2.toFixed(3)}`);
  await writeFile(file, await draw(outcome));
  console.log(`after ${((performance.now() - started) / 1000).toFixed(1)} s\nplot ${toUser(file)}`);
  return 0;
});
