import {
  AdamW,
  Checkpoints,
  crossEntropy,
  DataLoader,
  ExponentialLR,
  GradientNorm,
  loadCheckpoint,
  loadModel,
  manualSeed,
  ProgressBar,
  perplexity,
  readCheckpointExtra,
  Trainer,
} from '@gradus/gradus';
import { recipeOf, type Wish } from 'command-line';
import { bigramPerplexity } from './bigram.ts';
import { Gpt } from './gpt.ts';
import { defaults, type Recipe } from './options.ts';
import { type TextBatch, TextPieces } from './pieces.ts';
import { Vocabulary } from './vocabulary.ts';

/** What writes: a model, and what its numbers stand for. */
export interface Writer {
  readonly model: Gpt;
  readonly vocabulary: Vocabulary;
}

/** A model in training, and how it is trained. */
export interface Run extends Writer {
  readonly recipe: Recipe;
  readonly trainer: Trainer<TextBatch>;
}

/** Begins a run, or opens the one that was saved as `resume`. It will save itself as `checkpoint` after every epoch. */
export async function openRun(
  book: string,
  wish: Wish<Recipe>,
  { resume, checkpoint }: { readonly resume: string | null; readonly checkpoint: string },
): Promise<Run> {
  const recipe = resume === null ? wish.recipe : recipeOf(resume, await readCheckpointExtra(resume), wish);
  manualSeed(recipe.seed);
  const { model, vocabulary } = createWriter(book, recipe);
  const optimizer = new AdamW(model.parameters(), { lr: recipe.lr, betas: [0.9, 0.99], weightDecay: 0.1 });
  const trainer = new Trainer<TextBatch>({
    model,
    optimizer,
    scheduler: new ExponentialLR(optimizer, 0.5),
    forward: ({ inputs }) => model.forward(inputs).transpose(1, 2),
    loss: (logits, { targets }) => crossEntropy(logits, targets),
    metrics: [perplexity(({ targets }) => targets)],
    callbacks: [
      new GradientNorm({ maxNorm: 1 }),
      new ProgressBar(),
      new Checkpoints({ path: checkpoint, extra: () => ({ ...recipe }) }),
    ],
  });
  if (resume !== null) await loadCheckpoint(resume, trainer);
  return { model, vocabulary, recipe, trainer };
}

/** What was trained until `checkpoint` was saved. */
export async function openWriter(book: string, checkpoint: string): Promise<Writer> {
  const recipe = recipeOf(checkpoint, await readCheckpointExtra(checkpoint), { recipe: defaults, asked: {} });
  const writer = createWriter(book, recipe);
  await loadModel(checkpoint, writer.model);
  return writer;
}

function createWriter(book: string, recipe: Recipe): Writer {
  const vocabulary = new Vocabulary(book);
  return { model: new Gpt(vocabulary.size, recipe), vocabulary };
}

/** How surprising the last tenth of the book is: 1 is not at all, as many as there are characters is pure chance. */
export interface Perplexities {
  readonly model: number;
  /** To a model that sees a single character. */
  readonly bigram: number;
}

/** Trains on the first nine tenths of the book. Resolves to null if it was stopped before its last step. */
export async function train(run: Run, book: string, signal: AbortSignal): Promise<Perplexities | null> {
  const { trainer, vocabulary, recipe } = run;
  const { context, batchSize, epochs } = recipe;
  const text = vocabulary.encode(book.slice(0, recipe.characters));
  const cut = Math.floor(0.9 * text.length);
  const [training, held] = [text.subarray(0, cut), text.subarray(cut)];
  const pieces = new TextPieces(held, context);
  const validation = new DataLoader(pieces, { batchSize: 64 });
  const loader = new DataLoader(new TextPieces(training, context), { batchSize, shuffle: true });
  await trainer.fit(loader, { epochs, validation, signal });
  if (trainer.state.epoch < epochs) return null;
  const { perplexity } = await trainer.evaluate(validation);
  const counted = held.subarray(0, pieces.length * context + 1);
  return { model: perplexity as number, bigram: bigramPerplexity(training, counted, vocabulary.size) };
}
