import { readFile } from 'node:fs/promises';
import { Generator, manualSeed, rand } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import {
  DataLoader,
  type Dataset,
  DistributedSampler,
  RandomSampler,
  randomSplit,
  type Sampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
} from '../src/index.ts';
import './setup.ts';

interface Epoch {
  readonly batches: number[][];
  /** Drawn from the default generator after every batch, and after the epoch. */
  readonly drawn: number[];
}

interface Seeds {
  readonly seed: number;
  readonly generator: number | null;
}

interface Recorded {
  readonly loaders: (Seeds & {
    readonly length: number;
    readonly batchSize: number;
    readonly dropLast: boolean;
    readonly shuffle: boolean;
    readonly epochs: Epoch[];
  })[];
  readonly samplers: (Seeds & { readonly kind: string; readonly orders: number[][]; readonly epochs: Epoch[] })[];
  readonly weights: number[];
  readonly distributed: {
    readonly length: number;
    readonly replicas: number;
    readonly rank: number;
    readonly shuffle: boolean;
    readonly dropLast: boolean;
    readonly size: number;
    readonly epochs: number[][];
  }[];
  readonly splits: (Seeds & { readonly lengths: number[]; readonly parts: number[][] })[];
}

const recorded: Recorded = JSON.parse(await readFile(new URL('pytorch/orders.json', import.meta.url), 'utf8'));

const numbers = (length: number): Dataset<number> => ({ length, get: (index) => index });
const own = (seed: number | null): { generator?: Generator } =>
  seed === null ? {} : { generator: new Generator().manualSeed(seed) };
const keepIndices = (samples: number[]): number[] => samples;

async function epochsOf(loader: DataLoader<number, number[]>): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  for (let i = 0; i < 3; i++) {
    const batches: number[][] = [];
    const drawn: number[] = [];
    for await (const batch of loader) {
      batches.push(batch);
      drawn.push(rand([]).itemSync());
    }
    epochs.push({ batches, drawn: [...drawn, rand([]).itemSync()] });
  }
  return epochs;
}

describe('the batches of a loader, and the random numbers beside them, are those of PyTorch', () => {
  test.each(recorded.loaders)(
    'seed $seed, $length samples in batches of $batchSize, dropLast $dropLast, generator $generator, shuffle $shuffle',
    async ({ seed, length, generator, epochs, ...options }) => {
      manualSeed(seed);
      const loader = new DataLoader(numbers(length), { ...options, ...own(generator), collate: keepIndices });
      expect(await epochsOf(loader)).toEqual(epochs);
    },
  );
});

const samplers: Readonly<Record<string, (generator: { generator?: Generator }) => Sampler>> = {
  random: (options) => new RandomSampler({ length: 6 }, options),
  'random, count 15': (options) => new RandomSampler({ length: 6 }, { count: 15, ...options }),
  'random, replacement': (options) => new RandomSampler({ length: 6 }, { replacement: true, ...options }),
  'random, replacement, count 70': (options) =>
    new RandomSampler({ length: 6 }, { replacement: true, count: 70, ...options }),
  subset: (options) => new SubsetRandomSampler([3, 8, 5, 13, 1], options),
  weighted: (options) => new WeightedRandomSampler(recorded.weights, 40, options),
  'weighted, different': (options) =>
    new WeightedRandomSampler(recorded.weights, 5, { replacement: false, ...options }),
};

describe('the order of a sampler is that of PyTorch', () => {
  test.each(recorded.samplers)(
    '$kind, seed $seed, generator $generator',
    async ({ kind, seed, generator, ...expected }) => {
      const create = samplers[kind] as (typeof samplers)[string];
      manualSeed(seed);
      const sampler = create(own(generator));
      expect([[...sampler], [...sampler], [...sampler]]).toEqual(expected.orders);
      expect(sampler.length).toBe(expected.orders[0]?.length);
      manualSeed(seed);
      const options = { batchSize: 4, sampler: create(own(generator)), collate: keepIndices };
      expect(await epochsOf(new DataLoader(numbers(20), options))).toEqual(expected.epochs);
    },
  );
});

describe('the shares of distributed samplers are those of PyTorch', () => {
  test.each(recorded.distributed)(
    'rank $rank of $replicas, $length samples, shuffle $shuffle, dropLast $dropLast',
    ({ length, size, epochs, ...options }) => {
      const sampler = new DistributedSampler({ length }, { ...options, seed: 17 });
      const orders = epochs.map((_, epoch) => {
        sampler.setEpoch(epoch);
        return [...sampler];
      });
      expect(orders).toEqual(epochs);
      expect(sampler.length).toBe(size);
    },
  );
});

describe('the parts of randomSplit are those of PyTorch', () => {
  test.each(recorded.splits)('$lengths, seed $seed, generator $generator', ({ lengths, seed, generator, parts }) => {
    manualSeed(seed);
    const split = randomSplit(numbers(10), lengths, own(generator).generator);
    expect(split.map(({ indices }) => [...indices])).toEqual(parts);
  });
});
