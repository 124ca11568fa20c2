import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mnist } from '@gradus/data/sets';
import { use } from '@gradus/gradus';
import {
  assertWritable,
  backendOption,
  fromUser,
  interruptSignal,
  positive,
  runProgram,
  toUser,
  wholeNumber,
} from 'command-line';
import { Command } from 'commander';
import { pictures } from './pictures.ts';
import { encodeGrid } from './png.ts';
import { type Recipe, train } from './train.ts';

interface Options extends Recipe {
  readonly backend: string;
  readonly count: number;
  readonly folder: string;
}

await runProgram(async () => {
  const { backend, count, folder, ...recipe } = new Command('vae')
    .description('A variational autoencoder learns to describe digits by a few numbers, and to draw them.')
    .addOption(backendOption())
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1), 10)
    .option('--batch-size <n>', 'images per step', wholeNumber(1, 60_000), 128)
    .option('--lr <x>', 'learning rate of Adam', positive, 1e-3)
    .option('--hidden <n>', 'units of a hidden layer', wholeNumber(1), 400)
    .option('--latent <n>', 'numbers that a digit is described by', wholeNumber(1), 20)
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0), 0)
    .option('--count <n>', 'how many of the training images to use', wholeNumber(1, 60_000), 60_000)
    .option('--folder <path>', 'where the pictures go', 'runs/vae')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .parse()
    .opts<Options>();
  const target = fromUser(folder);
  await assertWritable(target);
  await use(backend);
  const started = performance.now();
  const [digits, test] = await Promise.all([mnist({ count }), mnist({ part: 'test' })]);
  const { model, measured } = await train(digits, test, recipe, interruptSignal());
  for (const [i, { loss, reconstruction, divergence }] of measured.entries()) {
    const parts = `reconstruction ${reconstruction?.toFixed(2)} + divergence ${divergence?.toFixed(2)}`;
    console.log(`epoch ${String(i + 1).padStart(2)}  test ELBO ${(-(loss as number)).toFixed(2)} nats, -(${parts})`);
  }
  for (const { name, images } of pictures(model, test.fields.image)) {
    const file = join(target, `${name}.png`);
    await writeFile(file, await encodeGrid(images));
    console.log(`picture ${toUser(file)}`);
  }
  console.log(`after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return 0;
});
