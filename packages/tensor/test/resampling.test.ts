import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  affineGrid,
  channelShuffle,
  fold2d,
  gridSample,
  type InterpolateOptions,
  interpolate,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  unfold2d,
  upsampleBilinear,
  upsampleNearest,
} from '../src/functional/index.ts';
import { arange, ones, type Tensor, tensor } from '../src/index.ts';
import { arrayOf, at, build, sampleOf } from './arrays.ts';

// Where numbers are given without a derivation they are PyTorch 1.13.1's.

await use(new HostBackend('host'));

const float64 = { dtype: 'float64' } as const;
const counted = (...shape: number[]): Tensor =>
  arange(1, shape.reduce((a, b) => a * b, 1) + 1, 1, float64).reshape(shape);

function expectClose(x: Tensor, expected: readonly number[]): void {
  const values = x.dataSync();
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 10);
  });
}

describe('pad', () => {
  const sources = {
    reflect: (i: number, n: number) => n - 1 - Math.abs(n - 1 - Math.abs(i)),
    replicate: (i: number, n: number) => Math.min(Math.max(i, 0), n - 1),
    circular: (i: number, n: number) => (i + n) % n,
  } as const;
  const sides = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));

  test.each(Object.entries(sources))('%s reads the elements that continue the image', (mode, source) => {
    fc.assert(
      fc.property(sampleOf([1, 2, 3, 4]), sides, sides, (x, [left, right], [top, bottom]) => {
        const result = pad(x.tensor(), [left, right, top, bottom], { mode: mode as keyof typeof sources });
        const expected = build([1, 2, 3 + top + bottom, 4 + left + right], ([n, c, i, j]) =>
          at(x.array, [n as number, c as number, source((i as number) - top, 3), source((j as number) - left, 4)]),
        );
        expect(arrayOf(result)).toEqual(expected);
      }),
    );
  });

  test('constant fills with a value; negative numbers crop', () => {
    expect(pad(tensor([1, 2, 3]), [2, 1], { value: 9 }).toArraySync()).toEqual([9, 9, 1, 2, 3, 9]);
    expect(pad(tensor([1, 2, 3]), [-1, 1]).toArraySync()).toEqual([2, 3, 0]);
    expect(pad(tensor([1, 2, 3]), [-1, 1], { mode: 'circular' }).toArraySync()).toEqual([2, 3, 2]);
    expect(() => pad(tensor([1, 2, 3]), [-2, -2])).toThrow(ShapeError);
  });

  test('never gives the same memory', () => {
    const x = tensor([1, 2, 3]);
    pad(x, [0, 0]).add_(1);
    pad(x, [-1, 0]).add_(1);
    expect(x.toArraySync()).toEqual([1, 2, 3]);
  });

  test('refuses more than there is to reflect, and odd lists', () => {
    expect(() => pad(tensor([1, 2, 3]), [3, 0], { mode: 'reflect' })).toThrow(ArgumentError);
    expect(() => pad(tensor([1, 2, 3]), [4, 0], { mode: 'circular' })).toThrow(ArgumentError);
    expect(() => pad(tensor([1, 2, 3]), [1])).toThrow(ArgumentError);
  });
});

describe('interpolate', () => {
  const line = tensor([[[1, 2, 4]]], float64);

  test.each<[InterpolateOptions, readonly number[]]>([
    [{ mode: 'nearest', size: 5 }, [1, 1, 2, 2, 4]],
    [{ mode: 'nearest-exact', size: 5 }, [1, 1, 2, 4, 4]],
    [{ mode: 'linear', size: 5 }, [1, 1.4, 2, 3.2, 4]],
    [{ mode: 'linear', size: 5, alignCorners: true }, [1, 1.5, 2, 3, 4]],
    [
      { mode: 'linear', scaleFactor: 1.9 },
      [1, 1.289473684210526, 1.8157894736842104, 2.6842105263157894, 3.7368421052631575],
    ],
    [{ mode: 'linear', scaleFactor: 1.9, recomputeScaleFactor: true }, [1, 1.4, 2, 3.2, 4]],
    [{ mode: 'area', size: 2 }, [1.5, 3]],
  ])('a line with %o', (options, expected) => {
    expectClose(interpolate(line, options), expected);
  });

  test('images along both axes', () => {
    const image = tensor([[[[1, 2, 4, 8]]]], float64);
    const cubic = [0.9131944444444449, 1.3125, 2.3043981481481506, 3.383101851851853, 6.1875, 8.347222222222225];
    expectClose(interpolate(image, { mode: 'bicubic', size: [1, 6] }), cubic);
    const square = tensor(
      [
        [
          [
            [1, 3],
            [5, 7],
          ],
        ],
      ],
      float64,
    );
    expectClose(upsampleBilinear(square, { size: 3 }), [1, 2, 3, 3, 4, 5, 5, 6, 7]);
    expect(upsampleNearest(square, { scaleFactor: 2 }).shape).toEqual([1, 1, 4, 4]);
  });

  test('antialias averages over what an output element covers', () => {
    const image = tensor([[[[1, 2, 4, 8, 16, 3]]]], float64);
    const small = { size: [1, 3], antialias: true } as const;
    const linear = [1.857142857142857, 6.75, 9.285714285714285];
    const cubic = [1.3765690376569037, 6.9389312977099245, 9.619246861924685];
    expectClose(interpolate(image, { ...small, mode: 'bilinear' }), linear);
    expectClose(interpolate(image, { ...small, mode: 'bicubic' }), cubic);
    expect(() => interpolate(image, { ...small, mode: 'nearest' })).toThrow(ArgumentError);
  });

  test('to the same size gives a copy', () => {
    const same = interpolate(line, { mode: 'linear', size: 3 });
    same.add_(1);
    expectClose(line, [1, 2, 4]);
  });

  test('refuses two sizes or none, and modes for other axes', () => {
    expect(() => interpolate(line)).toThrow('either size or scaleFactor');
    expect(() => interpolate(line, { size: 2, scaleFactor: 2 })).toThrow(ArgumentError);
    expect(() => interpolate(line, { size: 2, mode: 'bilinear' })).toThrow('for 2 spatial axes');
    expect(() => interpolate(tensor([1, 2]), { size: 2 })).toThrow(ShapeError);
    expect(() => interpolate(line, { scaleFactor: 0.1 })).toThrow(ShapeError);
  });
});

describe('gridSample', () => {
  const image = counted(1, 1, 3, 3);
  const points = tensor(
    [
      [
        [
          [-1.4, -1.4],
          [0.3, 0.9],
          [2.2, 0],
        ],
      ],
    ],
    float64,
  );

  test.each([
    ['bilinear', 'zeros', [0, 5.4925, 0], [0.36, 8, 0]],
    ['bilinear', 'border', [1, 8.45, 6], [1, 8, 6]],
    ['bilinear', 'reflection', [1.4, 8.45, 4.7], [2.6, 8, 4.8]],
    ['nearest', 'zeros', [0, 8, 0], [1, 8, 0]],
    ['nearest', 'border', [1, 8, 6], [1, 8, 6]],
    ['nearest', 'reflection', [1, 8, 5], [1, 8, 5]],
    ['bicubic', 'zeros', [0.0036905625, 6.562649831054687, 0], [0.11016, 9.1135641875, -0.576]],
    ['bicubic', 'border', [1, 8.878625, 6], [0.568, 8.1635, 6]],
    ['bicubic', 'reflection', [1.301, 9.05778125, 4.61075], [1.832, 8.393, 4.704]],
  ] as const)('%s with %s', (mode, paddingMode, edges, centres) => {
    expectClose(gridSample(image, points, { mode, paddingMode }), edges);
    expectClose(gridSample(image, points, { mode, paddingMode, alignCorners: true }), centres);
  });

  test.each([true, false])('along the identity is the image itself (alignCorners: %s)', (alignCorners) => {
    const still = affineGrid(
      tensor(
        [
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
        ],
        float64,
      ),
      [1, 1, 3, 3],
      { alignCorners },
    );
    expectClose(gridSample(image, still, { alignCorners }), Array.from(image.dataSync()));
    const turned = affineGrid(
      tensor(
        [
          [
            [0, 1, 0],
            [1, 0, 0],
          ],
        ],
        float64,
      ),
      [1, 1, 3, 3],
      { alignCorners },
    );
    expectClose(gridSample(image, turned, { alignCorners }), [1, 4, 7, 2, 5, 8, 3, 6, 9]);
  });

  test('reads volumes', () => {
    const volume = counted(1, 1, 2, 2, 2);
    const centre = tensor([[[[[0, 0, 0]]]]], float64);
    expectClose(gridSample(volume, centre), [4.5]);
    expect(() => gridSample(volume, centre, { mode: 'bicubic' })).toThrow(ArgumentError);
    expect(() => gridSample(image, centre)).toThrow(ShapeError);
  });
});

describe('folding', () => {
  const options = fc.record({
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.integer({ min: 0, max: 1 }),
    stride: fc.integer({ min: 1, max: 2 }),
  });

  test('unfold2d lists windows column by column', () => {
    const columns = unfold2d(counted(1, 1, 3, 3), 2);
    expect(columns.toArraySync()).toEqual([
      [
        [1, 2, 4, 5],
        [2, 3, 5, 6],
        [4, 5, 7, 8],
        [5, 6, 8, 9],
      ],
    ]);
  });

  test('fold2d of unfold2d counts how often each element was read', () => {
    fc.assert(
      fc.property(sampleOf([2, 2, 5, 4]), options, (x, given) => {
        const columns = unfold2d(x.tensor(), [2, 1], given);
        const counts = fold2d(unfold2d(ones([2, 2, 5, 4]), [2, 1], given), [5, 4], [2, 1], given);
        expect(arrayOf(fold2d(columns, [5, 4], [2, 1], given))).toEqual(arrayOf(x.tensor().mul(counts).add(0)));
      }),
    );
  });

  test('refuses columns of another image', () => {
    expect(() => fold2d(ones([1, 4, 5]), 3, 2)).toThrow(ShapeError);
    expect(() => unfold2d(ones([3]), 2)).toThrow(ShapeError);
  });
});

describe('shuffling', () => {
  test('pixelShuffle takes pixels from channels, pixelUnshuffle puts them back', () => {
    expect(pixelShuffle(tensor([[[1]], [[2]], [[3]], [[4]]]), 2).toArraySync()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    fc.assert(
      fc.property(sampleOf([2, 8, 2, 3]), (x) => {
        expect(arrayOf(pixelUnshuffle(pixelShuffle(x.tensor(), 2), 2))).toEqual(x.array);
      }),
    );
    expect(() => pixelShuffle(ones([3, 2, 2]), 2)).toThrow(ArgumentError);
    expect(() => pixelUnshuffle(ones([1, 3, 2]), 2)).toThrow(ArgumentError);
  });

  test('channelShuffle takes channels in turns', () => {
    expect(channelShuffle(counted(1, 6, 1), 2).toArraySync()).toEqual([[[1], [4], [2], [5], [3], [6]]]);
    expect(() => channelShuffle(ones([1, 5, 1]), 2)).toThrow(ArgumentError);
  });
});
