import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  lpPool1d,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  maxUnpool1d,
  maxUnpool2d,
} from '../src/functional/index.ts';
import { tensor } from '../src/index.ts';
import { arrayOf, at, build, indicesOf, type NdArray, sampleOf } from './arrays.ts';

beforeAll(() => use(new HostBackend('host')));

interface Pool {
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly ceilMode: boolean;
}

/** PyTorch's rule: in ceil mode no window starts in the padding on the right. */
function outputSize(n: number, { window, stride, padding, dilation, ceilMode }: Pool): number {
  const room = n + 2 * padding - dilation * (window - 1) - 1;
  const size = Math[ceilMode ? 'ceil' : 'floor'](room / stride) + 1;
  return ceilMode && (size - 1) * stride >= n + padding ? size - 1 : size;
}

/** Per output position of [N, C, H, W] the elements of its window. */
function windows(
  x: NdArray,
  pool: Pool,
): { shape: number[]; read: (index: readonly number[]) => { value: number; flat: number }[] } {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const shape = [n, c, outputSize(h, pool), outputSize(w, pool)];
  const read = ([b, channel, row, column]: readonly number[]): { value: number; flat: number }[] =>
    indicesOf([pool.window, pool.window]).flatMap((tap) => {
      const [i, j] = [row, column].map(
        (position, axis) => (position as number) * pool.stride - pool.padding + (tap[axis] as number) * pool.dilation,
      ) as [number, number];
      if (i < 0 || j < 0 || i >= h || j >= w) return [];
      return [{ value: at(x, [b as number, channel as number, i, j]), flat: i * w + j }];
    });
  return { shape, read };
}

const pools: fc.Arbitrary<Pool> = fc
  .record({
    window: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 1 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    ceilMode: fc.boolean(),
  })
  .filter(({ window, padding }) => 2 * padding <= window);
const images = fc
  .tuple(fc.integer({ min: 5, max: 7 }), fc.integer({ min: 5, max: 6 }))
  .chain(([h, w]) => sampleOf([2, 1, h, w]));

test('maxPool2d gives the first largest element of each window and its place', () => {
  fc.assert(
    fc.property(images, pools, (x, pool) => {
      const { shape, read } = windows(x.array, pool);
      const best = (index: readonly number[]): { value: number; flat: number } =>
        read(index).reduce((a, b) => (b.value > a.value ? b : a));
      const { values, indices } = maxPool2dWithIndices(x.tensor(), pool.window, pool);
      expect(arrayOf(values)).toEqual(build(shape, (index) => best(index).value));
      expect(arrayOf(indices)).toEqual(build(shape, (index) => best(index).flat));
    }),
    { numRuns: 60 },
  );
});

test('avgPool2d divides by the elements of the window, with or without padding, or by a given number', () => {
  fc.assert(
    fc.property(images, pools, fc.boolean(), fc.constantFrom(null, 3), (x, given, countIncludePad, divisorOverride) => {
      const pool = { ...given, dilation: 1 };
      const [h, w] = x.array.shape.slice(2) as [number, number];
      const { shape, read } = windows(x.array, pool);
      const padded = (position: number, n: number): number =>
        Math.min(position * pool.stride + pool.window, n + 2 * pool.padding) - position * pool.stride;
      const expected = build(shape, (index) => {
        const elements = read(index);
        const count = countIncludePad ? padded(index[2] as number, h) * padded(index[3] as number, w) : elements.length;
        return elements.reduce((sum, { value }) => sum + value, 0) / (divisorOverride ?? count);
      });
      const result = arrayOf(
        avgPool2d(x.tensor().double(), pool.window, { ...pool, countIncludePad, divisorOverride }),
      );
      expect(result.shape).toEqual(expected.shape);
      result.values.forEach((value, i) => {
        expect(value).toBeCloseTo(expected.values[i] as number, 12);
      });
    }),
    { numRuns: 60 },
  );
});

describe('pooling', () => {
  test('of integers rounds towards 0', () => {
    const result = avgPool1d(tensor([[-1, -2, 5, 2]], { dtype: 'int32' }), 2);
    expect(result.dtype).toBe('int32');
    expect(result.toArraySync()).toEqual([[-1, 3]]);
  });

  test('keeps NaN', () => {
    expect(maxPool1d(tensor([[1, Number.NaN, 2, 3]]), 2).toArraySync()).toEqual([[Number.NaN, 3]]);
  });

  test('by powers is the root of the sum of powers', () => {
    expect(lpPool1d(tensor([[3, 4, 0, 0]], { dtype: 'float64' }), 2, 2).toArraySync()).toEqual([[5, 0]]);
  });

  test('refuses padding above half of the window, and windows that do not fit', () => {
    expect(() => maxPool1d(tensor([[1, 2, 3]]), 2, { padding: 2 })).toThrow(ArgumentError);
    expect(() => maxPool1d(tensor([[1, 2, 3]]), 4)).toThrow('the window is larger');
    expect(() => maxPool1d(tensor([1, 2, 3]), 2)).toThrow(ShapeError);
    expect(() => avgPool1d(tensor([[1, 2, 3]]), 2, { divisorOverride: 0 })).toThrow(ArgumentError);
  });
});

describe('adaptive pooling', () => {
  test('averages over windows from floor(i n / m) to ceil((i + 1) n / m)', () => {
    expect(adaptiveAvgPool1d(tensor([[1, 2, 3, 4, 5]], { dtype: 'float64' }), 3).toArraySync()).toEqual([
      [1.5, 3, 4.5],
    ]);
    expect(adaptiveAvgPool1d(tensor([[1, 2, 3, 4]], { dtype: 'float64' }), 2).toArraySync()).toEqual([[1.5, 3.5]]);
    expect(adaptiveAvgPool2d(tensor([[[1, 2, 3, 6]]], { dtype: 'float64' }), [null, 2]).toArraySync()).toEqual([
      [[1.5, 4.5]],
    ]);
  });

  test('finds maxima and where they are in the plane', () => {
    const x = tensor([
      [
        [1, 9, 3],
        [8, 2, 7],
        [4, 5, 6],
      ],
    ]);
    const { values, indices } = adaptiveMaxPool2d(x, 2);
    expect(values.toArraySync()).toEqual([
      [
        [9, 9],
        [8, 7],
      ],
    ]);
    expect(indices.toArraySync()).toEqual([
      [
        [1, 1],
        [3, 5],
      ],
    ]);
  });
});

describe('max unpooling', () => {
  test('puts maxima back where they were', () => {
    const x = tensor([[1, 4, 3, 2, 6]]);
    const { values, indices } = maxPool1dWithIndices(x, 2);
    expect(maxUnpool1d(values, indices, 2).toArraySync()).toEqual([[0, 4, 3, 0]]);
    expect(maxUnpool1d(values, indices, 2, { outputSize: [5] }).toArraySync()).toEqual([[0, 4, 3, 0, 0]]);
    expect(() => maxUnpool1d(values, indices, 2, { outputSize: [9] })).toThrow(ArgumentError);
  });

  test('restores the pooled values of any image', () => {
    fc.assert(
      fc.property(images, (x) => {
        const { values, indices } = maxPool2dWithIndices(x.tensor().add(100), 2);
        const restored = maxUnpool2d(values, indices, 2, { outputSize: x.array.shape });
        expect(arrayOf(maxPool2dWithIndices(restored, 2).values)).toEqual(arrayOf(values));
        expect(arrayOf(restored.ne(0).sum())).toEqual({ shape: [], values: [values.size] });
      }),
    );
  });
});
