import { dirname } from 'node:path';
import { mobyDick } from '@gradus/data/sets';
import { manualSeed, saveCheckpoint, use } from '@gradus/gradus';
import { assertWritable, interruptSignal, runProgram, toUser } from 'command-line';
import { commandLine, type TrainOptions, type WriteOptions } from './options.ts';
import { openRun, openWriter, train, type Writer } from './train.ts';
import { encodePrompt, write } from './write.ts';

await runProgram(async () => {
  let code = 0;
  const program = commandLine({
    async train(options) {
      code = await trainAndWrite(options);
    },
    write: writeOnly,
  });
  await program.parseAsync();
  return code;
});

/** Resolves to the exit code. */
async function trainAndWrite(options: TrainOptions): Promise<number> {
  const started = performance.now();
  await use(options.backend);
  await assertWritable(dirname(options.checkpoint));
  const book = await loadBook();
  const run = await openRun(book, options, options);
  const { model, vocabulary, trainer, recipe } = run;
  // A mistake in the prompt had better show before training than after it.
  encodePrompt(vocabulary, options.prompt);
  const parameters = model.parameters().reduce((sum, p) => sum + p.size, 0);
  console.log(`${parameters} parameters, ${vocabulary.size} characters\n`);
  const perplexities = await train(run, book, interruptSignal());
  await saveCheckpoint(options.checkpoint, trainer, { ...recipe });
  const checkpoint = toUser(options.checkpoint);
  if (perplexities === null) {
    console.log(`\nstopped; go on with: --resume ${checkpoint}`);
    return 130;
  }
  console.log(
    `\nvalidation perplexity ${perplexities.model.toFixed(2)}, of a bigram model ${perplexities.bigram.toFixed(2)}\n`,
  );
  await print(run, options);
  console.log(`after ${((performance.now() - started) / 1000).toFixed(1)} s\ncheckpoint ${checkpoint}`);
  return 0;
}

async function writeOnly(options: WriteOptions & { readonly seed: number }): Promise<void> {
  const { backend, checkpoint, seed } = options;
  await use(backend);
  const writer = await openWriter(await loadBook(), checkpoint);
  manualSeed(seed);
  await print(writer, options);
}

/** Prints a text while it is written. */
async function print({ model, vocabulary }: Writer, options: WriteOptions): Promise<void> {
  process.stdout.write(options.prompt);
  for await (const character of write(model, vocabulary, options.prompt, options)) process.stdout.write(character);
  console.log('\n');
}

async function loadBook(): Promise<string> {
  return (await mobyDick()).map(({ text }) => text).join('\n\n');
}
