import { defaultBackend } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import { collate } from '../src/index.ts';
import './setup.ts';

async function check(batch: unknown, dtype: string, values: unknown): Promise<void> {
  expect((batch as Tensor).dtype).toBe(dtype);
  expect(await (batch as Tensor).toArray()).toEqual(values);
}

describe('collate', () => {
  test('tensors get a new first axis, and stay', async () => {
    const samples = [tensor([1, 2]), tensor([3, 4])];
    await check(collate(samples), 'float32', [
      [1, 2],
      [3, 4],
    ]);
    expect(samples.map((sample) => sample.isDisposed)).toEqual([false, false]);
  });

  test.each([
    ['integers', [1, -2, 3], 'int32', [1, -2, 3]],
    ['numbers', [1, 2.5], 'float32', [1, 2.5]],
    ['integers beyond int32', [1, 2 ** 31], 'float32', [1, 2 ** 31]],
    ['booleans', [true, false], 'bool', [true, false]],
    [
      'arrays of numbers',
      [
        [1, 2],
        [3, 4],
      ],
      'float32',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['float64 arrays', [Float64Array.of(1 / 3), Float64Array.of(2)], 'float64', [[1 / 3], [2]]],
    [
      'bytes',
      [Uint8Array.of(1, 255), Uint8Array.of(0, 2)],
      'uint8',
      [
        [1, 255],
        [0, 2],
      ],
    ],
    ['64-bit integers', [BigInt64Array.of(5n), BigInt64Array.of(-6n)], 'int32', [[5], [-6]]],
  ])('%s', async (_, samples, dtype, values) => {
    await check(collate(samples), dtype, values);
  });

  test('strings stay a list', () => {
    expect(collate(['a', 'b'])).toEqual(['a', 'b']);
  });

  test('objects are collated field by field, tuples position by position, at any depth', async () => {
    const batch = collate([
      { pair: [tensor([1]), 'one'], nested: { label: 1 } },
      { pair: [tensor([2]), 'two'], nested: { label: 2 } },
    ]) as { pair: [Tensor, string[]]; nested: { label: Tensor } };
    await check(batch.pair[0], 'float32', [[1], [2]]);
    expect(batch.pair[1]).toEqual(['one', 'two']);
    await check(batch.nested.label, 'int32', [1, 2]);
  });

  test('leaves nothing alive but the batch', () => {
    const live = (): number => defaultBackend().memory().liveBuffers;
    const before = live();
    const batch = collate([Float32Array.of(1, 2), Float32Array.of(3, 4)]) as Tensor;
    expect(live()).toBe(before + 1);
    batch.dispose();
    expect(live()).toBe(before);
  });

  test('samples of different sizes are refused', () => {
    expect(() => collate([[1, 2], [3]])).toThrow(ShapeError);
    expect(() => collate([tensor([1]), tensor([1, 2])])).toThrow(ShapeError);
  });

  test('samples that are not alike are refused', () => {
    expect(() => collate([1, 'a'])).toThrow('samples are not alike: number and string');
    expect(() => collate([{ a: 1 }, { b: 1 }])).toThrow("no field 'a'");
    expect(() => collate([['a'], ['a', 'b']])).toThrow('lengths 1 and 2');
    expect(() => collate([])).toThrow(ArgumentError);
  });

  test.each([[null], [undefined], [() => 1], [Symbol('s')], [5n]])('%s is refused', (sample) => {
    expect(() => collate([sample])).toThrow(ArgumentError);
  });
});
