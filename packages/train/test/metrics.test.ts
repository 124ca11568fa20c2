import { readFile } from 'node:fs/promises';
import { ArrayDataset, collate, DataLoader } from '@gradus/data';
import { Identity } from '@gradus/nn';
import { SGD } from '@gradus/optim';
import { ShapeError } from '@gradus/storage';
import { ones, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import {
  accuracy,
  binaryAccuracy,
  ConfusionMatrix,
  f1,
  type Measurements,
  type Metric,
  meanAbsoluteError,
  meanSquaredError,
  perplexity,
  precision,
  r2,
  recall,
  rootMeanSquaredError,
  Trainer,
  topK,
} from '../src/index.ts';
import './setup.ts';

interface Batch {
  readonly output: Tensor;
  readonly target: Tensor;
}

interface Classification {
  readonly classes: number;
  readonly logits: number[][];
  readonly target: number[];
  readonly accuracy: number;
  readonly top3: number;
  readonly perplexity: number;
  readonly confusion: number[][];
  readonly scores: Readonly<Record<'micro' | 'macro' | 'weighted', [number, number, number]>>;
}

interface Regression {
  readonly target: number[][];
  readonly output: number[][];
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
}

const recorded: { readonly classification: Classification[]; readonly regression: Regression[] } = JSON.parse(
  await readFile(new URL('reference/metrics.json', import.meta.url), 'utf8'),
);

const target = (batch: Batch): Tensor => batch.target;

/** What metrics say of samples in batches of 8, several of which are read together. */
async function measured(
  samples: { output: unknown; target: unknown }[],
  ...metrics: Metric<Batch>[]
): Promise<Measurements> {
  const trainer = new Trainer<Batch>({
    model: new Identity(),
    optimizer: new SGD([ones([1], { requiresGrad: true })], { lr: 1 }),
    forward: ({ output }) => output,
    loss: (output) => output.mean(),
    metrics,
    stepsPerRead: 3,
  });
  const collateBatch = collate as (samples: unknown[]) => Batch;
  return trainer.evaluate(new DataLoader(new ArrayDataset(samples), { batchSize: 8, collate: collateBatch }));
}

describe.each(recorded.classification)('classification, $classes classes', ({ classes, ...expected }) => {
  const samples = expected.logits.map((logits, i) => ({ output: logits, target: expected.target[i] }));

  test('accuracy, top-k, perplexity', async () => {
    const numbers = await measured(samples, accuracy(target), topK(target, { k: 3 }), perplexity(target));
    expect(numbers.accuracy).toBeCloseTo(expected.accuracy, 12);
    expect(numbers.top3).toBeCloseTo(expected.top3, 12);
    expect(numbers.perplexity).toBeCloseTo(expected.perplexity, 5);
  });

  test('confusion matrix', async () => {
    const confusion = new ConfusionMatrix(target, { classes });
    const numbers = await measured(samples, confusion);
    expect(confusion.counts).toEqual(expected.confusion);
    expect(Object.keys(numbers)).toEqual(['loss', 'samplesPerSecond']);
  });

  test.each(['micro', 'macro', 'weighted'] as const)('precision, recall and F1, %s', async (average) => {
    const options = { classes, average };
    const numbers = await measured(samples, precision(target, options), recall(target, options), f1(target, options));
    const [expectedPrecision, expectedRecall, expectedF1] = expected.scores[average];
    expect(numbers.precision).toBeCloseTo(expectedPrecision, 12);
    expect(numbers.recall).toBeCloseTo(expectedRecall, 12);
    expect(numbers.f1).toBeCloseTo(expectedF1, 12);
  });
});

test('positions can be left out', async () => {
  const samples = [
    { output: [9, 0, 0], target: 0 },
    { output: [0, 9, 0], target: -100 },
    { output: [0, 0, 9], target: 1 },
  ];
  const ignoreIndex = -100;
  const confusion = new ConfusionMatrix(target, { classes: 3, ignoreIndex });
  const metrics = [
    accuracy(target, { ignoreIndex }),
    topK(target, { k: 3, ignoreIndex }),
    perplexity(target),
    confusion,
  ];
  const numbers = await measured(samples, ...metrics);
  expect(numbers.accuracy).toBe(0.5);
  expect(numbers.top3).toBe(1);
  const entropies = [Math.log(1 + 2 * Math.exp(-9)), 9 + Math.log(1 + 2 * Math.exp(-9))];
  expect(numbers.perplexity).toBeCloseTo(Math.exp(((entropies[0] as number) + (entropies[1] as number)) / 2), 3);
  expect(confusion.counts).toEqual([
    [1, 0, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
});

test('predictions at many positions of a sample count one by one', async () => {
  // Rows are classes, columns are positions.
  const samples = [
    {
      output: tensor([
        [5, 0, 1, 5],
        [0, 5, 0, 9],
      ]),
      target: [0, 1, 1, 1],
    },
  ];
  const positions = (batch: Batch): Tensor => batch.target.int();
  const confusion = new ConfusionMatrix(positions, { classes: 2 });
  const numbers = await measured(samples, accuracy(positions), topK(positions, { k: 2 }), confusion);
  expect(numbers).toMatchObject({ accuracy: 0.75, top2: 1 });
  expect(confusion.counts).toEqual([
    [1, 0],
    [1, 2],
  ]);
});

test('yes or no', async () => {
  const samples = [-1, 2, 0.2, -0.1].map((logit, i) => ({ output: [logit], target: [i % 2] }));
  expect((await measured(samples, binaryAccuracy(target))).accuracy).toBe(0.5);
  expect((await measured(samples, binaryAccuracy(target, { threshold: 0.5 }))).accuracy).toBe(0.75);
});

describe.each(recorded.regression)('regression %#', (expected) => {
  test('squared and absolute errors, coefficient of determination', async () => {
    const samples = expected.output.map((output, i) => ({ output, target: expected.target[i] }));
    const metrics = [meanSquaredError, rootMeanSquaredError, meanAbsoluteError, r2].map((create) => create(target));
    const { loss: _, samplesPerSecond: __, ...numbers } = await measured(samples, ...metrics);
    for (const [name, value] of Object.entries(numbers)) expect(value).toBeCloseTo(expected[name as 'mse'], 8);
    expect(Object.keys(numbers)).toEqual(['mse', 'rmse', 'mae', 'r2']);
  });
});

test('targets that are all the same have no coefficient of determination', async () => {
  expect((await measured([{ output: [1], target: [2] }], r2(target))).r2).toBeNaN();
});

test('shapes that only broadcast are refused', async () => {
  const flat = [
    { output: [1], target: 2.5 },
    { output: [1], target: 2.5 },
  ];
  for (const create of [meanSquaredError, r2, binaryAccuracy]) {
    await expect(measured(flat, create(target))).rejects.toThrow(ShapeError);
  }
  await expect(
    measured(
      flat,
      accuracy(({ output }) => output),
    ),
  ).rejects.toThrow('belong to targets [N, ...]');
});
