import { defaultBackend } from '@gradus/backend';
import { ArgumentError } from '@gradus/storage';
import { arange, defaultGenerator, Generator, manualSeed, rand, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import {
  ArrayDataset,
  BatchSampler,
  DataLoader,
  type Dataset,
  GeneratorDataset,
  type LoaderPosition,
  RandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} from '../src/index.ts';
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
});

describe('an epoch goes on in its middle', () => {
  const random = (): number => rand([]).itemSync();
  const cases: [string, ConstructorParameters<typeof DataLoader<string, string[]>>[1]][] = [
    ['in order', {}],
    ['shuffled by the default generator', { shuffle: true }],
    ['shuffled by a generator of its own', { shuffle: true, generator: new Generator().manualSeed(5) }],
    ['of a sampler with replacement', { sampler: new RandomSampler(letters, { replacement: true, count: 40 }) }],
    ['of weights', { sampler: new WeightedRandomSampler([1, 2, 3, 4, 5, 6, 7], 9) }],
  ];
  test.each(cases)('%s', async (_, options) => {
    const loader = loaderOf({ batchSize: 2, ...options });
    manualSeed(1);
    await all(loader);
    const whole: unknown[] = [];
    const places: { position: LoaderPosition | null; state: Uint8Array }[] = [];
    for await (const batch of loader) {
      whole.push([batch, random()]);
      places.push({ position: loader.position, state: defaultGenerator.getState() });
    }
    const after = [await all(loader), random()];
    for (const [i, { position, state }] of places.entries()) {
      manualSeed(99);
      defaultGenerator.setState(state);
      const rest: unknown[] = [];
      for await (const batch of loader.batches(position)) rest.push([batch, random()]);
      expect(rest).toEqual(whole.slice(i + 1));
      expect([await all(loader), random()]).toEqual(after);
    }
  });

  test('of a stream', async () => {
    const loader = new DataLoader(new GeneratorDataset(() => 'abcdefg'), {
      batchSize: 2,
      collate: (samples) => samples,
    });
    let position: LoaderPosition | null = null;
    for await (const batch of loader) {
      position = loader.position;
      if (batch.includes('c')) break;
    }
    expect(await all(loader.batches(position))).toEqual([['e', 'f'], ['g']]);
  });
});

describe('a stream of samples', () => {
  const letters = new GeneratorDataset(() => 'abcdefg').map((letter) => letter.toUpperCase());
  const collate = (samples: string[]): string => samples.join('');

  test('comes in batches, anew in every epoch', async () => {
    const loader = new DataLoader(letters, { batchSize: 3, collate });
    for (let epoch = 0; epoch < 2; epoch++) expect(await all(loader)).toEqual(['ABC', 'DEF', 'G']);
    expect(await all(new DataLoader(letters, { batchSize: 3, dropLast: true, collate }))).toEqual(['ABC', 'DEF']);
    expect(await all(new DataLoader(letters, { batchSize: null }))).toEqual([...'ABCDEFG']);
  });

  test('has a length only if it says so', () => {
    expect(new DataLoader(letters, { batchSize: 3 }).length).toBe(Number.POSITIVE_INFINITY);
    const counted = new GeneratorDataset(() => 'abcdefg', { length: 7 }).map((letter) => letter);
    expect(new DataLoader(counted, { batchSize: 3 }).length).toBe(3);
    expect(new DataLoader(counted, { batchSize: 3, dropLast: true }).length).toBe(2);
  });

  test('may be any iterable, and has no other order', async () => {
    expect(await all(new DataLoader([1, 2, 3], { batchSize: 2, collate: (numbers) => numbers }))).toEqual([
      [1, 2],
      [3],
    ]);
    expect(() => new DataLoader(letters, { shuffle: true })).toThrow(ArgumentError);
  });
});

describe('the order is given', () => {
  test('by a sampler, or by a sampler of batches', async () => {
    const sampler = {
      length: 3,
      *[Symbol.iterator]() {
        yield* [6, 0, 6];
      },
    };
    expect(await all(loaderOf({ batchSize: 2, sampler }))).toEqual([['g', 'a'], ['g']]);
    const batchSampler = new BatchSampler(sampler, 2, true);
    expect(await all(loaderOf({ batchSampler }))).toEqual([['g', 'a']]);
    expect(loaderOf({ batchSampler }).length).toBe(1);
  });

  test('once: what contradicts it is refused', () => {
    const sampler = new RandomSampler(letters);
    expect(() => loaderOf({ sampler, shuffle: true })).toThrow('leave out `shuffle`');
    expect(() => loaderOf({ batchSampler: new BatchSampler(sampler, 2), batchSize: 2 })).toThrow('replaces batchSize');
  });

  test('sample by sample without a batch size', async () => {
    expect(await all(new DataLoader(letters, { batchSize: null }))).toEqual([...'abcdefg']);
  });
});

describe('prefetch', () => {
  /** Notes what is loaded; later samples are quicker. */
  function slow(log: number[]): Dataset<number> {
    return {
      length: 6,
      get: async (index) => {
        log.push(index);
        await new Promise((resolve) => setTimeout(resolve, 12 - 2 * index));
        return index;
      },
    };
  }

  test.each([0, 2, 9])('of %i batches loads so many ahead, and keeps the order', async (prefetch) => {
    const log: number[] = [];
    const started: number[] = [];
    const seen: number[] = [];
    for await (const index of new DataLoader(slow(log), { batchSize: null, prefetch })) {
      seen.push(index);
      started.push(log.length);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(started).toEqual(seen.map((index) => Math.min(6, index + 1 + prefetch)));
  });

  test('disposes what was loaded ahead of a loop that is left early', async () => {
    const live = (): number => defaultBackend().memory().liveBuffers;
    const before = live();
    for await (const batch of new DataLoader<number, Tensor>(slow([]), { batchSize: 2, prefetch: 2 })) {
      batch.dispose();
      break;
    }
    expect(live()).toBe(before);
  });

  test('reports an error when its batch is due', async () => {
    const broken: Dataset<number> = {
      length: 3,
      get: async (index) => (index === 1 ? Promise.reject(new RangeError('broken')) : index),
    };
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const index of new DataLoader(broken, { batchSize: null, prefetch: 2 })) seen.push(index);
    };
    await expect(loop()).rejects.toThrow('broken');
    expect(seen).toEqual([0]);
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
