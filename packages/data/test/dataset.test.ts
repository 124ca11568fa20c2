import { defaultBackend } from '@gradus/backend';
import { ArgumentError, IndexError, ShapeError } from '@gradus/storage';
import { arange, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import {
  ArrayDataset,
  ConcatDataset,
  DataLoader,
  MapDataset,
  randomSplit,
  Subset,
  TensorDataset,
} from '../src/index.ts';
import { all } from './setup.ts';

describe('ArrayDataset', () => {
  const dataset = new ArrayDataset(['a', 'b']);
  test('gives samples by index', () => {
    expect([dataset.length, dataset.get(0), dataset.get(1)]).toEqual([2, 'a', 'b']);
  });
  test.each([2, -1, 0.5, Number.NaN])('has no sample %s', (index) => {
    expect(() => dataset.get(index)).toThrow(IndexError);
  });
});

describe('TensorDataset', () => {
  const dataset = new TensorDataset({ x: arange(6).reshape([3, 2]), y: tensor([10, 20, 30]) });

  test('fields may have a type of any kind, an interface too', async () => {
    interface Point {
      readonly x: Tensor;
      readonly y: Tensor;
    }
    const points: Point = { x: arange(3), y: arange(3) };
    const loader = new DataLoader<Point>(new TensorDataset(points), { batchSize: 2 });
    for await (const batch of loader) expect(batch.x.shape).toEqual(batch.y.shape);
  });

  test('gives rows, one by one and many at once', async () => {
    expect(dataset.length).toBe(3);
    const { x, y } = dataset.get(2);
    expect([await x.toArray(), await y.item()]).toEqual([[4, 5], 30]);
    const batch = dataset.batch(Int32Array.of(2, 0, 2));
    expect(await batch.x.toArray()).toEqual([
      [4, 5],
      [0, 1],
      [4, 5],
    ]);
    expect(await batch.y.toArray()).toEqual([30, 10, 30]);
    expect(() => dataset.get(3)).toThrow(IndexError);
  });

  test('makes one buffer per field and batch', () => {
    const live = (): number => defaultBackend().memory().liveBuffers;
    const before = live();
    const { x, y } = dataset.batch(Int32Array.of(1, 2));
    expect(live()).toBe(before + 2);
    x.dispose();
    y.dispose();
    expect(live()).toBe(before);
  });

  test('refuses fields of different lengths, and none', () => {
    expect(() => new TensorDataset({ x: arange(3), y: arange(2) })).toThrow(ShapeError);
    expect(() => new TensorDataset({ x: arange(3), y: arange(2) })).toThrow('x [3], y [2]');
    expect(() => new TensorDataset({ x: tensor(1) })).toThrow(ShapeError);
    expect(() => new TensorDataset({})).toThrow(ArgumentError);
  });
});

describe('Subset', () => {
  test('is some samples of another data set, in any order', async () => {
    const letters = new Subset(new ArrayDataset(['a', 'b', 'c', 'd']), [3, 1]);
    expect([letters.length, letters.get(0), letters.get(1)]).toEqual([2, 'd', 'b']);
    expect(() => letters.get(2)).toThrow(IndexError);
    expect(await all(new DataLoader(letters, { batchSize: 2 }))).toEqual([['d', 'b']]);
  });

  test('of a subset makes batches by the data set below', async () => {
    const whole = new TensorDataset({ x: arange(10) });
    const half = new Subset(whole, [0, 2, 4, 6, 8]);
    const rest = new Subset(half, new Set([4, 1]));
    const [batch] = await all(new DataLoader(rest, { batchSize: 5 }));
    expect(await batch?.x.toArray()).toEqual([8, 2]);
  });

  test('refuses indices that do not exist', () => {
    expect(() => new Subset(new ArrayDataset(['a']), [0, 1])).toThrow(IndexError);
    expect(() => new Subset(new ArrayDataset(['a']), [0.5])).toThrow(IndexError);
  });
});

describe('ConcatDataset', () => {
  test('is one data set after the other', async () => {
    const joined = new ConcatDataset([
      new ArrayDataset(['a', 'b']),
      new ArrayDataset<string>([]),
      new ArrayDataset(['c']),
    ]);
    expect(joined.length).toBe(3);
    expect([0, 1, 2].map((i) => joined.get(i))).toEqual(['a', 'b', 'c']);
    expect(() => joined.get(3)).toThrow(IndexError);
    expect(() => new ConcatDataset([])).toThrow(ArgumentError);
  });
});

describe('MapDataset', () => {
  test('changes samples when they are asked for, those that come later too', async () => {
    const letters = new ArrayDataset(['a', 'b']);
    const doubled = new MapDataset(letters, (letter, index) => letter.repeat(index + 1));
    expect([doubled.length, doubled.get(1)]).toEqual([2, 'bb']);
    const later = new MapDataset({ length: 2, get: async (index: number) => index }, (n) => n + 1);
    expect(await later.get(1)).toBe(2);
  });
});

describe('randomSplit', () => {
  const letters = new ArrayDataset([...'abcdefghij']);

  test('gives every sample to one part', () => {
    const parts = randomSplit(letters, [0.25, 0.25, 0.5]);
    expect(parts.map(({ length }) => length)).toEqual([3, 2, 5]);
    const samples = parts.flatMap((part) => Array.from({ length: part.length }, (_, i) => part.get(i) as string));
    expect(samples.toSorted()).toEqual([...'abcdefghij']);
  });

  test.each([[[5, 4]], [[0.5, 0.4]], [[11, -1]], [[Number.NaN, 10]]])('refuses lengths %j', (lengths) => {
    expect(() => randomSplit(letters, lengths)).toThrow(ArgumentError);
  });
});
