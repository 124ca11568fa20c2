import { defaultBackend } from '@gradus/backend';
import { ArgumentError, ShapeError } from '@gradus/storage';
import { arange, Generator, manualSeed, randint, type Tensor, tensor } from '@gradus/tensor';
import { describe, expect, test } from 'vitest';
import {
  affine,
  centerCrop,
  compose,
  normalize,
  randomAffine,
  randomCrop,
  randomHorizontalFlip,
  randomResizedCrop,
  randomRotation,
  randomVerticalFlip,
  resize,
  type Transform,
  toFloat,
} from '../../src/transforms/index.ts';
import '../setup.ts';

/** An image whose pixels are all different: [1, height, width]. */
const numbered = (height: number, width: number): Tensor => arange(1, height * width + 1).reshape([1, height, width]);

async function expectClose(actual: Tensor, expected: Tensor): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const values = await expected.contiguous().data();
  for (const [i, value] of (await actual.contiguous().data()).entries())
    expect(value).toBeCloseTo(values[i] as number, 3);
}

describe('colors', () => {
  test('bytes become floats from 0 to 1', async () => {
    const image = tensor([[[0, 51, 255]]], { dtype: 'uint8' });
    await expectClose(toFloat()(image), tensor([[[0, 0.2, 1]]]));
    expect(toFloat()(numbered(1, 2)).dtype).toBe('float32');
  });

  test('channels are normalized one by one', async () => {
    const image = tensor([[[1, 2]], [[3, 4]]]);
    await expectClose(normalize([1, 2], [0.5, 2])(image), tensor([[[0, 2]], [[0.5, 1]]]));
    expect(() => normalize([1], [0])).toThrow(ArgumentError);
    expect(() => normalize([1], [1, 2])).toThrow(ArgumentError);
    expect(() => normalize([0], [1])(image.byte())).toThrow('use toFloat first');
  });
});

describe('flips', () => {
  test('happen as often as they should', () => {
    manualSeed(0);
    const flip = randomHorizontalFlip({ p: 0.3 });
    const image = numbered(2, 3);
    const flipped = Array.from({ length: 2000 }, () => flip(image) !== image).filter(Boolean).length;
    // Four standard deviations around 600.
    expect(Math.abs(flipped - 600)).toBeLessThan(82);
  });

  test('mirror the right axis', async () => {
    expect(await randomHorizontalFlip({ p: 1 })(numbered(2, 2)).toArray()).toEqual([
      [
        [2, 1],
        [4, 3],
      ],
    ]);
    expect(await randomVerticalFlip({ p: 1 })(numbered(2, 2)).toArray()).toEqual([
      [
        [3, 4],
        [1, 2],
      ],
    ]);
    expect(() => randomVerticalFlip()(arange(4))).toThrow(ShapeError);
  });
});

describe('crops', () => {
  test('of the middle', async () => {
    expect(await centerCrop(2)(numbered(4, 4)).toArray()).toEqual([
      [
        [6, 7],
        [10, 11],
      ],
    ]);
    expect(await centerCrop([1, 3])(numbered(3, 3)).toArray()).toEqual([[[4, 5, 6]]]);
    expect(() => centerCrop(5)(numbered(4, 9))).toThrow("can't take 5 x 5 pixels out of 4 x 9");
  });

  test('anywhere: every place comes, and nothing else', async () => {
    manualSeed(1);
    const crop = randomCrop([2, 3]);
    const corners = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const part = (await crop(numbered(4, 5)).toArray()) as number[][][];
      const corner = part[0]?.[0]?.[0] as number;
      expect(part).toEqual([
        [
          [corner, corner + 1, corner + 2],
          [corner + 5, corner + 6, corner + 7],
        ],
      ]);
      corners.add(corner);
    }
    expect([...corners].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 6, 7, 8, 11, 12, 13]);
  });

  test('with padding', async () => {
    manualSeed(2);
    const crop = randomCrop(2, { padding: 2, value: -1 });
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++)
      for (const value of (await crop(numbered(2, 2)).reshape([-1]).toArray()) as number[]) seen.add(value);
    expect([...seen].toSorted((a, b) => a - b)).toEqual([-1, 1, 2, 3, 4]);
    expect(() => randomCrop(3)(numbered(2, 2))).toThrow(ShapeError);
  });

  test('of random area and shape have the size that is asked for, and pixels of the image', async () => {
    manualSeed(3);
    const image = randint(0, 256, [3, 20, 30], { dtype: 'uint8' });
    for (let i = 0; i < 20; i++) expect(randomResizedCrop([7, 9])(image).shape).toEqual([3, 7, 9]);
    const whole = randomResizedCrop([20, 30], { scale: [1, 1], ratio: [1.5, 1.5] })(image);
    expect(await whole.toArray()).toEqual(await image.toArray());
    // No part of this shape fits: the middle is taken.
    const long = randomResizedCrop(4, { scale: [1, 1], ratio: [0.1, 0.1] })(numbered(4, 20));
    expect(await long.toArray()).toEqual(await centerCrop(4)(numbered(4, 20)).toArray());
  });
});

describe('resize', () => {
  test('to a size, and to a shorter side', () => {
    expect(resize([5, 7])(numbered(10, 10)).shape).toEqual([1, 5, 7]);
    expect(resize(5)(numbered(10, 20)).shape).toEqual([1, 5, 10]);
    expect(resize(5)(numbered(20, 10)).shape).toEqual([1, 10, 5]);
    expect(resize(5)(numbered(10, 20).unsqueeze(0)).shape).toEqual([1, 1, 5, 10]);
    expect(resize(10)(numbered(10, 10)).shape).toEqual([1, 10, 10]);
  });

  test('averages over pixels that become one; bytes stay bytes', async () => {
    const image = tensor(
      [
        [
          [0, 0, 255, 255],
          [0, 0, 255, 255],
          [9, 9, 9, 9],
          [9, 9, 9, 9],
        ],
      ],
      { dtype: 'uint8' },
    );
    const nearest = resize(2, { mode: 'nearest' })(image);
    expect(nearest.dtype).toBe('uint8');
    expect(await nearest.toArray()).toEqual([
      [
        [0, 255],
        [9, 9],
      ],
    ]);
    // An even gray stays what it is under every mode.
    for (const mode of ['bilinear', 'bicubic', 'nearest'] as const) {
      const gray = tensor(
        [
          [
            [7, 7, 7],
            [7, 7, 7],
            [7, 7, 7],
          ],
        ],
        { dtype: 'uint8' },
      );
      expect(await resize(2, { mode })(gray).toArray()).toEqual([
        [
          [7, 7],
          [7, 7],
        ],
      ]);
    }
  });
});

describe('affine', () => {
  test.each([
    [90, (x: Tensor) => x.transpose(-1, -2).flip([-1])],
    [180, (x: Tensor) => x.flip([-1, -2])],
    [-90, (x: Tensor) => x.transpose(-1, -2).flip([-2])],
  ])('turns by %i degrees clockwise', async (angle, turned) => {
    await expectClose(affine({ angle })(numbered(5, 5)), turned(numbered(5, 5)));
    await expectClose(affine({ angle, mode: 'nearest' })(numbered(4, 4)), turned(numbered(4, 4)));
  });

  test('moves right and down', async () => {
    const moved = affine({ translate: [1, 2] })(numbered(3, 4));
    await expectClose(
      moved,
      tensor([
        [
          [0, 0, 0, 0],
          [0, 0, 0, 0],
          [0, 1, 2, 3],
        ],
      ]),
    );
  });

  test('scales around the middle', async () => {
    const image = tensor([
      [
        [0, 0, 0, 0],
        [0, 1, 2, 0],
        [0, 3, 4, 0],
        [0, 0, 0, 0],
      ],
    ]);
    const large = affine({ scale: 2, mode: 'nearest' })(image);
    await expectClose(
      large,
      tensor([
        [
          [1, 1, 2, 2],
          [1, 1, 2, 2],
          [3, 3, 4, 4],
          [3, 3, 4, 4],
        ],
      ]),
    );
  });

  test('shears along x: rows move against each other', async () => {
    const image = tensor([
      [
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
    ]);
    const sheared = affine({ shear: [45, 0] })(image);
    await expectClose(sheared.sum({ dim: -1 }), tensor([[1, 1, 1]]));
    expect(await sheared.argmax({ dim: -1 }).toArray()).not.toEqual([[1, 1, 1]]);
    expect(((await sheared.select(1, 1).toArray()) as number[][])[0]?.[1]).toBeCloseTo(1, 4);
  });

  test('that changes nothing, changes nothing, for wide images and batches too', async () => {
    await expectClose(affine({})(numbered(3, 7)), numbered(3, 7));
    const batch = randint(0, 256, [2, 3, 4, 6], { dtype: 'uint8' });
    expect(await affine({})(batch).toArray()).toEqual(await batch.toArray());
  });

  test('at random stays within its ranges', async () => {
    manualSeed(4);
    const image = numbered(5, 5);
    await expectClose(randomRotation([90, 90])(image), affine({ angle: -90 })(image));
    await expectClose(randomAffine({ degrees: 0, scale: [1, 1], shear: 0 })(image), image);
    const moved = randomAffine({ degrees: 0, translate: [0.2, 0] });
    const firstPixels = new Set<number>();
    for (let i = 0; i < 60; i++)
      firstPixels.add(Math.round(((await moved(image).toArray()) as number[][][])[0]?.[0]?.[2] as number));
    expect([...firstPixels].toSorted()).toEqual([2, 3, 4]);
  });
});

describe('random transforms', () => {
  const transforms: [string, (options: { generator?: Generator }) => Transform][] = [
    ['flip', randomHorizontalFlip],
    ['crop', (options) => randomCrop(3, { padding: 1, ...options })],
    ['resized crop', (options) => randomResizedCrop(3, options)],
    ['rotation', (options) => randomRotation(40, options)],
    ['affine', (options) => randomAffine({ degrees: 9, translate: [0.3, 0.3], scale: [0.5, 2], shear: 9, ...options })],
  ];
  test.each(transforms)('%s repeats with its seed, and leaves the default generator alone', async (_, create) => {
    const results: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const before = manualSeed(run).getState();
      const transform = create({ generator: new Generator().manualSeed(8) });
      const images: unknown[] = [];
      for (let i = 0; i < 5; i++) images.push(await transform(numbered(6, 6)).toArray());
      expect(manualSeed(run).getState()).toEqual(before);
      results.push(images);
    }
    expect(results[1]).toEqual(results[0]);
  });
});

test('transforms one after the other leave nothing behind but the last image', async () => {
  const image = randint(0, 256, [3, 8, 8], { dtype: 'uint8' });
  const live = (): number => defaultBackend().memory().liveBuffers;
  const before = live();
  const change = compose(
    toFloat(),
    randomHorizontalFlip({ p: 1 }),
    randomCrop(6, { padding: 1 }),
    randomAffine({ degrees: 10 }),
    resize(4),
    normalize([0.5, 0.5, 0.5], [0.2, 0.2, 0.2]),
  );
  const result = change(image);
  expect(result.shape).toEqual([3, 4, 4]);
  expect(live()).toBe(before + 1);
  expect(image.isDisposed).toBe(false);
  expect(compose()(image)).toBe(image);
});
