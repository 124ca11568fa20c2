import { expect, test } from 'vitest';
import {
  bostonFeatures,
  bostonHousePrices,
  firstNames,
  iris,
  irisClasses,
  mnist,
  mobyDick,
} from '../../src/sets/index.ts';
import '../setup.ts';

test('mnist: known sizes, labels and mean', async () => {
  const digits = await mnist();
  expect(digits.fields.image.shape).toEqual([60_000, 1, 28, 28]);
  expect(await digits.fields.label.slice(0, 0, 10).toArray()).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  const pixels = await digits.fields.image.data();
  let sum = 0;
  for (const pixel of pixels) sum += pixel as number;
  expect(sum / pixels.length / 255).toBeCloseTo(0.1307, 4);
  const few = await mnist({ part: 'test', count: 3 });
  expect(few.fields.image.shape).toEqual([3, 1, 28, 28]);
  expect(await few.fields.label.toArray()).toEqual([7, 2, 1]);
  await expect(mnist({ part: 'test', count: 10_001 })).rejects.toThrow('count must be a whole number from 1 to 10000');
});

test('iris: 50 flowers of each species, with the published mean lengths', async () => {
  const { features, label } = (await iris()).fields;
  expect(features.shape).toEqual([150, 4]);
  expect(label.dtype).toBe('int32');
  expect(irisClasses.map((_, i) => label.eq(i).sum().itemSync())).toEqual([50, 50, 50]);
  const means = (await features.mean({ dim: 0 }).toArray()) as number[];
  for (const [i, mean] of [5.8433, 3.0573, 3.758, 1.1993].entries()) expect(means[i]).toBeCloseTo(mean, 2);
});

test('Boston: 506 towns, the first and the mean as published', async () => {
  const { features, price } = (await bostonHousePrices()).fields;
  expect(features.shape).toEqual([506, bostonFeatures.length]);
  expect(price.shape).toEqual([506, 1]);
  expect(price.mean().itemSync()).toBeCloseTo(22.5328, 3);
  expect(features.select(0, 0).select(0, 12).itemSync()).toBeCloseTo(4.98, 5);
});

test('names and the novel', async () => {
  const names = await firstNames();
  expect(names.length).toBe(4951);
  expect(names).toContain('Ada');
  const chapters = await mobyDick();
  expect(chapters.find(({ chapter }) => chapter === '1')?.text).toMatch(/^Call me Ishmael\./);
  expect(chapters.at(-1)?.chapter).toBe('Epilogue');
});
