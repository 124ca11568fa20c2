import { expect, test } from 'vitest';
import { checksum, fill, fillLabels } from '../src/numbers.ts';
import { linear, seeded } from '../src/workloads/parameters.ts';

test('values lie around their center', () => {
  const values = fill({ shape: [10, 100], seed: 1, scale: 0.5, center: 2 });
  expect(values).toHaveLength(1000);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(1.5);
  expect(Math.min(...values)).toBeLessThan(1.6);
  expect(Math.max(...values)).toBeLessThanOrEqual(2.5);
  expect(Math.max(...values)).toBeGreaterThan(2.4);
});

test('labels take every class', () => {
  const labels = fillLabels({ shape: [1000], seed: 1, classes: 10 });
  expect([...new Set(labels)].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('every parameter has numbers of its own', () => {
  const parameters = seeded(linear('a', 2, 3), linear('b', 2, 3));
  expect(Object.keys(parameters)).toEqual(['a.weight', 'a.bias', 'b.weight', 'b.bias']);
  const starts = Object.values(parameters).map((numbers) => String(fill(numbers)));
  expect(new Set(starts).size).toBe(4);
});

test('a checksum tells orders apart', () => {
  expect(checksum([1, 2, 3])).toBe(1 + 2 * Math.cos(1) + 3 * Math.cos(2));
  expect(checksum([1, 3, 2])).not.toBe(checksum([1, 2, 3]));
});
