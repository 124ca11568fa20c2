import { firstNames } from '@gradus/data/sets';
import { manualSeed, use } from '@gradus/gradus';
import { backendOption, positive, runProgram, wholeNumber } from 'command-line';
import { Command, Option } from 'commander';
import { Alphabet } from './alphabet.ts';
import { invent } from './invent.ts';
import { modelNames } from './models.ts';
import { type Recipe, train } from './train.ts';

interface Options extends Recipe {
  readonly backend: string;
  readonly model: readonly string[];
  readonly count: number;
}

await runProgram(async () => {
  const { backend, model, count, ...recipe } = new Command('names')
    .description('Language models of letters learn first names, and make up others.')
    .addOption(backendOption())
    .addOption(new Option('--model <names...>', 'what is trained').choices(modelNames).default(modelNames))
    .option('--epochs <n>', 'passes over the names', wholeNumber(1), 12)
    .option('--batch-size <n>', 'names per step', wholeNumber(1), 32)
    .option('--lr <x>', 'learning rate of AdamW, which falls to 0', positive, 5e-3)
    .option('--seed <n>', 'seed of all random numbers, those of the split included', wholeNumber(0), 0)
    .option('--count <n>', 'how many names each model makes up', wholeNumber(0), 12)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .parse()
    .opts<Options>();
  await use(backend);
  const names = [...new Set(await firstNames())];
  const alphabet = new Alphabet(names);
  const known = new Set(names);
  const table: Record<string, Record<string, string | number>> = {};
  const inventions: string[] = [];
  for (const name of model) {
    console.error(name);
    const { model, parameters, trainingLoss, validationLoss, seconds } = await train(name, alphabet, names, recipe);
    table[name] = {
      parameters,
      training: Number(trainingLoss.toFixed(3)),
      validation: Number(validationLoss.toFixed(3)),
      seconds: Number(seconds.toFixed(1)),
    };
    manualSeed(recipe.seed);
    inventions.push(`${name.padEnd(12)} ${(await invent(model, alphabet, known, count)).join(' ')}`);
  }
  console.table(table);
  console.log(`\n${inventions.join('\n')}`);
  return 0;
});
