import { ArgumentError } from '@gradus/storage';
import { expect, test } from 'vitest';
import { type BatchDataset, DataLoader, randomSplit, Subset } from '../src/index.ts';

/** The squares of the first ten numbers, which come only together. */
const squares: BatchDataset<number[]> = {
  length: 10,
  batch: (indices) => Array.from(indices, (i) => i * i),
};

async function all<Batch>(loader: DataLoader<unknown, Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

test('a data set of batches needs no get', async () => {
  const loader = new DataLoader(squares, { batchSize: 4 });
  expect(loader.length).toBe(3);
  expect(await all(loader)).toEqual([
    [0, 1, 4, 9],
    [16, 25, 36, 49],
    [64, 81],
  ]);
  const shuffled = (await all(new DataLoader(squares, { batchSize: 3, shuffle: true }))).flat();
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i * i));
});

test('its parts give batches, too', async () => {
  const subset = new Subset(squares, [9, 1]);
  expect(await all(new DataLoader(subset, { batchSize: 5 }))).toEqual([[81, 1]]);
  const parts = randomSplit(squares, [0.5, 0.5]);
  const loaded = await Promise.all(parts.map((part) => all(new DataLoader(part, { batchSize: 5 }))));
  expect(new Set(loaded.flat(2)).size).toBe(10);
  expect(() => subset.get(0)).toThrow(ArgumentError);
});

test('single samples are refused', () => {
  expect(() => new DataLoader(squares, { batchSize: null })).toThrow('batchSize null needs single samples');
  expect(() => new DataLoader(squares, { collate: (samples) => samples })).toThrow('collate needs single samples');
});
