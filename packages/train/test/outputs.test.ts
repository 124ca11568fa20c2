import { defaultBackend } from '@gradus/backend';
import { crossEntropy } from '@gradus/losses';
import { Linear, Module } from '@gradus/nn';
import { SGD } from '@gradus/optim';
import { manualSeed, type Tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { accuracy, ConfusionMatrix, evaluate, History, type Losses, metricOf, Trainer } from '../src/index.ts';
import { type Batch, createLoader, numbersOf } from './setup.ts';

interface Outputs {
  readonly logits: Tensor;
  readonly penalty: Tensor;
}

/** Gives more than a tensor, the first without axes. */
class Penalized extends Module<[x: Tensor], Outputs> {
  readonly linear: Linear = new Linear(2, 2);

  override forward(x: Tensor): Outputs {
    return { penalty: this.linear.weight.square().sum(), logits: this.linear.forward(x) };
  }
}

const entropyOf = ({ logits }: Outputs, { y }: Batch): Tensor => crossEntropy(logits, y);

function createModel(): Penalized {
  manualSeed(3);
  return new Penalized();
}

function losses(outputs: Outputs, batch: Batch): Losses {
  const entropy = entropyOf(outputs, batch);
  return { loss: entropy.add(outputs.penalty.mul(0.1)), entropy, penalty: outputs.penalty };
}

function run(loss: (outputs: Outputs, batch: Batch) => Tensor | Losses, accumulate = 1) {
  const model = createModel();
  const history = new History<Batch>();
  const trainer = new Trainer<Batch, Outputs>({
    model,
    optimizer: new SGD(model.parameters(), { lr: 0.5 }),
    forward: ({ x }) => model.forward(x),
    loss,
    metrics: [
      metricOf(
        ({ logits }) => logits,
        accuracy(({ y }) => y),
      ),
    ],
    accumulate,
    callbacks: [history],
  });
  return { model, history, trainer };
}

describe('a model that gives more than a tensor', () => {
  test('learns from all of it, and parts of the loss are measured', async () => {
    const { model, history, trainer } = run(losses);
    const plain = run((outputs, batch) => losses(outputs, batch).loss);
    const loading = { batchSize: 20, shuffle: false };
    await trainer.fit(createLoader(loading), { epochs: 2, validation: createLoader(loading) });
    await plain.trainer.fit(createLoader(loading), { epochs: 2 });
    expect(await numbersOf(model)).toEqual(await numbersOf(plain.model));
    const { training, validation } = history.epochs[1] as (typeof history.epochs)[number];
    for (const measured of [training, validation]) {
      expect(Object.keys(measured ?? {})).toEqual(['loss', 'entropy', 'penalty', 'accuracy', 'samplesPerSecond']);
      const { loss, entropy, penalty } = measured as Record<string, number>;
      expect(loss).toBeCloseTo((entropy as number) + 0.1 * (penalty as number), 6);
    }
  });

  test('the means over batches count samples, whether they are in a step or in several', async () => {
    const whole = (await run(losses).trainer.evaluate(createLoader({ batchSize: 50 }))).entropy as number;
    const parts = (await run(losses).trainer.evaluate(createLoader({ batchSize: 49 }))).entropy as number;
    expect(parts).toBeCloseTo(whole, 6);
    const { history, trainer } = run(losses, 3);
    await trainer.fit(createLoader({ batchSize: 20, shuffle: false }), { epochs: 1 });
    expect(history.epochs[0]?.training.entropy).toBeCloseTo(whole, 6);
  });

  test('steps leave no live buffers', async () => {
    const counts = new Set<number>();
    const { trainer } = run(losses, 2);
    const live = (): void => void counts.add(defaultBackend().memory().liveBuffers);
    await new Trainer({ ...trainer.options, callbacks: [{ onStepEnd: live }] }).fit(createLoader(), { epochs: 2 });
    expect(counts.size).toBe(1);
  });

  test('says itself how many samples there are, where its tensors do not', async () => {
    const { trainer } = run(({ penalty }) => penalty);
    const { model, optimizer } = trainer.options;
    const counted: number[] = [];
    const count = async (samples?: (batch: Batch) => number): Promise<void> => {
      const options = { model, optimizer, forward: ({ x }: Batch) => x.sum(), loss: (sum: Tensor) => sum };
      const { samplesPerSecond, loss } = await evaluate(createLoader({ batchSize: 30, shuffle: false }), {
        ...options,
        ...(samples === undefined ? {} : { samples }),
      });
      expect(samplesPerSecond).toBeGreaterThan(0);
      counted.push(loss as number);
    };
    await count();
    await count(({ x }) => x.shape[0] as number);
    // Batches of 30 and 20 samples count as such, or as one each.
    await count(() => 1);
    expect(counted[0]).toBe(counted[1]);
    expect(counted[2]).not.toBeCloseTo(counted[0] as number, 3);
  });

  test.each<[string, (outputs: Outputs, batch: Batch) => unknown, string]>([
    ['without a loss', ({ penalty }) => ({ penalty }), "must have a 'loss'"],
    ['of a loss per sample', ({ logits }) => logits, "'loss' must be a tensor of one number, got shape [8, 2]"],
    ['of a number', ({ penalty }) => ({ loss: penalty, half: 0.5 }), "'half' must be a tensor of one number, got 0.5"],
    ['named as a metric', ({ penalty }) => ({ loss: penalty, accuracy: penalty }), "are both named 'accuracy'"],
    [
      'now and then',
      ({ penalty, logits }) => ({ loss: penalty, ...(logits.shape[0] === 8 ? { rare: penalty } : {}) }),
      "'rare' was measured in some batches",
    ],
  ])('refuses parts %s', async (_, loss, message) => {
    const { trainer } = run(loss as (outputs: Outputs, batch: Batch) => Losses);
    await expect(trainer.fit(createLoader(), { epochs: 1 })).rejects.toThrow(message);
  });
});

describe('evaluate', () => {
  test('measures what a trainer measures, without one', async () => {
    const { model, trainer } = run(entropyOf);
    const loader = createLoader({ shuffle: false });
    const { samplesPerSecond: _, ...expected } = await trainer.evaluate(loader);
    const forward = ({ x }: Batch): Outputs => model.forward(x);
    const metrics = [
      metricOf(
        ({ logits }: Outputs) => logits,
        accuracy<Batch>(({ y }) => y),
      ),
    ];
    const before = defaultBackend().memory().liveBuffers;
    const withLoss = await evaluate(loader, { model, forward, metrics, loss: entropyOf });
    expect(withLoss).toMatchObject(expected);
    expect(Object.keys(await evaluate(loader, { model, forward, metrics }))).toEqual(['accuracy', 'samplesPerSecond']);
    expect(defaultBackend().memory().liveBuffers).toBe(before);
    expect(model.training).toBe(true);
    await expect(evaluate(loader, { model, forward })).rejects.toThrow('nothing to measure');
  });

  test('a metric of a part keeps what it remembers', async () => {
    const { model } = run(entropyOf);
    const confusion = new ConfusionMatrix<Batch>(({ y }) => y, { classes: 2 });
    const metrics = [metricOf(({ logits }: Outputs) => logits, confusion)];
    await evaluate(createLoader(), { model, forward: ({ x }: Batch) => model.forward(x), metrics });
    expect(confusion.counts.flat().reduce((a, b) => a + b)).toBe(50);
  });
});
