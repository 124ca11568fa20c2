import { ArgumentError } from '@gradus/storage';
import { arange, Generator, manualSeed, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { ArrayDataset, DataLoader, type Dataset, TensorDataset } from '../src/index.ts';
import { all } from './setup.ts';

const letters = new ArrayDataset(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
/** Strings stay lists, so that batches are easy to read. */
const loaderOf = (
  options: ConstructorParameters<typeof DataLoader<string, string[]>>[1],
): DataLoader<string, string[]> => new DataLoader<string, string[]>(letters, options);

describe('order', () => {
  test('is that of the data set by default', async () => {
    expect(await all(loaderOf({ batchSize: 3 }))).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
  });

  test('when shuffled, has every sample once, and changes from epoch to epoch', async () => {
    manualSeed(1);
    const loader = loaderOf({ batchSize: 3, shuffle: true });
    const epochs = [(await all(loader)).flat(), (await all(loader)).flat()];
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  test('repeats with the seed', async () => {
    const loader = loaderOf({ batchSize: 2, shuffle: true });
    manualSeed(7);
    const first = await all(loader);
    manualSeed(8);
    expect(await all(loader)).not.toEqual(first);
    manualSeed(7);
    expect(await all(loader)).toEqual(first);
  });

  test('of a generator of its own is untouched by the default one, and leaves it alone', async () => {
    const epochs: string[][] = [];
    for (const seed of [1, 2]) {
      const before = manualSeed(seed).getState();
      const generator = new Generator().manualSeed(3);
      epochs.push((await all(loaderOf({ batchSize: 7, shuffle: true, generator }))).flat());
      expect(manualSeed(seed).getState()).toEqual(before);
    }
    expect(epochs[0]).toEqual(epochs[1]);
  });

  test('is given by `order` for any epoch, and `batches` goes on in its middle', async () => {
    const generator = new Generator().manualSeed(5);
    const loader = loaderOf({ batchSize: 2, shuffle: true, generator });
    const order = loader.order();
    const whole = await all(loader.batches({ order }));
    expect(whole.flat()).toEqual(Array.from(order, (i) => 'abcdefg'[i]));
    const state = generator.getState();
    expect(await all(loader.batches({ order, start: 2 }))).toEqual(whole.slice(2));
    expect(await all(loader.batches({ order, start: 4 }))).toEqual([]);
    expect(generator.getState()).toEqual(state);
  });
});

describe('length and the last batch', () => {
  test.each([
    [1, false, 7, 1],
    [3, false, 3, 1],
    [3, true, 2, 3],
    [7, true, 1, 7],
    [8, false, 1, 7],
    [8, true, 0, undefined],
  ])('batchSize %i, dropLast %s: %i batches, %s in the last', async (batchSize, dropLast, count, last) => {
    const loader = loaderOf({ batchSize, dropLast });
    const batches = await all(loader);
    expect(loader.length).toBe(count);
    expect(batches.length).toBe(count);
    expect(batches.at(-1)?.length).toBe(last);
  });

  test('an empty data set has no batches', async () => {
    expect(await all(new DataLoader(new ArrayDataset([]), { shuffle: true }))).toEqual([]);
  });

  test.each([0, -1, 1.5, Number.NaN])('batchSize %s is refused', (batchSize) => {
    expect(() => loaderOf({ batchSize })).toThrow(ArgumentError);
  });
});

describe('batches are made', () => {
  test('by the data set itself where it can', async () => {
    const dataset = new TensorDataset({ x: arange(6).reshape([3, 2]), y: tensor(Int32Array.of(5, 6, 7)) });
    const [first, second] = await all(new DataLoader(dataset, { batchSize: 2 }));
    expect(await first?.x.toArray()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await first?.y.toArray()).toEqual([5, 6]);
    expect(first?.y.dtype).toBe('int32');
    expect(await second?.x.toArray()).toEqual([[4, 5]]);
  });

  test('by the given collate before anything else', async () => {
    const dataset = new TensorDataset({ x: arange(4).reshape([4, 1]) });
    const loader = new DataLoader(dataset, {
      batchSize: 4,
      collate: (samples) => samples.map(({ x }) => x.itemSync()),
    });
    expect(await all(loader)).toEqual([[0, 1, 2, 3]]);
  });

  test('of samples that come later', async () => {
    const slow: Dataset<number> = {
      length: 3,
      get: (index) => new Promise((resolve) => setTimeout(() => resolve(index * 10), 1)),
    };
    const [batch] = await all(new DataLoader<number, Tensor>(slow, { batchSize: 3 }));
    expect(await batch?.toArray()).toEqual([0, 10, 20]);
  });

  test('and an error in a sample reaches the loop', async () => {
    const broken: Dataset<number> = {
      length: 2,
      get: (index) => {
        if (index === 1) throw new RangeError('sample 1 is broken');
        return index;
      },
    };
    await expect(all(new DataLoader(broken))).rejects.toThrow('sample 1 is broken');
  });
});

test('the event loop gets its turn between batches', async () => {
  let fired = 0;
  const timer = setInterval(() => fired++, 0);
  const seen: number[] = [];
  for await (const _ of loaderOf({ batchSize: 1 })) {
    const until = performance.now() + 5;
    while (performance.now() < until);
    seen.push(fired);
  }
  clearInterval(timer);
  expect(seen.at(-1)).toBeGreaterThanOrEqual(3);
});

test('a loop that is left early ends the epoch', async () => {
  const loader = loaderOf({ batchSize: 2 });
  for await (const batch of loader) if (batch.includes('c')) break;
  expect((await all(loader)).length).toBe(4);
});
