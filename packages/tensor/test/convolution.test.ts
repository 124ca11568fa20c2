import { HostBackend, use } from '@gradus/backend';
import { ArgumentError, DTypeError, ShapeError } from '@gradus/storage';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from '../src/functional/index.ts';
import { ones, type Tensor, zeros } from '../src/index.ts';
import { arrayOf, at, build, indicesOf, type NdArray, sampleOf } from './arrays.ts';

beforeAll(() => use(new HostBackend('host')));

interface Geometry {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** A correlation as its definition says: a sum over channels and the window, zeros outside. */
function correlate(x: NdArray, weight: NdArray, { stride, padding, dilation, groups }: Geometry): NdArray {
  const [batch, , ...plane] = x.shape as [number, number, ...number[]];
  const [out, perGroup, ...window] = weight.shape as [number, number, ...number[]];
  const size = plane.map((n, i) => {
    const span = (dilation[i] as number) * ((window[i] as number) - 1) + 1;
    return Math.floor((n + 2 * (padding[i] as number) - span) / (stride[i] as number)) + 1;
  });
  return build([batch, out, ...size], ([n, o, ...position]) => {
    const first = Math.floor(((o as number) * groups) / out) * perGroup;
    return indicesOf([perGroup, ...window]).reduce((sum, [c, ...k]) => {
      const from = k.map(
        (tap, i) =>
          (position[i] as number) * (stride[i] as number) + tap * (dilation[i] as number) - (padding[i] as number),
      );
      if (from.some((i, axis) => i < 0 || i >= (plane[axis] as number))) return sum;
      return sum + at(x, [n as number, first + (c as number), ...from]) * at(weight, [o as number, c as number, ...k]);
    }, 0);
  });
}

function dot(a: NdArray, b: NdArray): number {
  return a.values.reduce((sum, value, i) => sum + value * (b.values[i] as number), 0);
}

/** Operands and options for a number of spatial axes, such that there is an output. */
function problems(axes: number): fc.Arbitrary<{ x: Sample; weight: Sample; geometry: Geometry }> {
  const perAxis = (min: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min, max }), { minLength: axes, maxLength: axes });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      groups: fc.integer({ min: 1, max: 2 }),
      perGroup: fc.integer({ min: 1, max: 2 }),
      outputs: fc.integer({ min: 1, max: 2 }),
      window: perAxis(1, 2),
      extra: perAxis(0, 3),
      stride: perAxis(1, 3),
      padding: perAxis(0, 2),
      dilation: perAxis(1, 2),
    })
    .chain(({ batch, groups, perGroup, outputs, window, extra, stride, padding, dilation }) => {
      const plane = window.map((k, i) => (dilation[i] as number) * (k - 1) + 1 + (extra[i] as number));
      return fc.record({
        x: sampleOf([batch, groups * perGroup, ...plane]),
        weight: sampleOf([groups * outputs, perGroup, ...window]),
        geometry: fc.constant({ stride, padding, dilation, groups }),
      });
    });
}

type Sample = ReturnType<typeof sampleOf> extends fc.Arbitrary<infer S> ? S : never;

const forms = [
  [1, conv1d, convTranspose1d],
  [2, conv2d, convTranspose2d],
  [3, conv3d, convTranspose3d],
] as const;

describe.each(forms)('over %i axes', (axes, convolve, transposed) => {
  test('is the sum that defines it', () => {
    fc.assert(
      fc.property(problems(axes), ({ x, weight, geometry }) => {
        const expected = correlate(x.array, weight.array, geometry);
        // A sum of -0 alone is -0 or 0.
        expect(arrayOf(convolve(x.tensor(), weight.tensor(), geometry).add(0))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('transposed is the adjoint in the input', () => {
    fc.assert(
      fc.property(problems(axes), ({ x, weight, geometry }) => {
        const output = correlate(x.array, weight.array, geometry);
        const direction = ones(output.shape);
        // What the stride skips at the end is asked back by outputPadding.
        const outputPadding = output.shape.slice(2).map((n, i) => {
          const span = (geometry.dilation[i] as number) * ((weight.array.shape[i + 2] as number) - 1) + 1;
          const reached = (n - 1) * (geometry.stride[i] as number) + span - 2 * (geometry.padding[i] as number);
          return (x.array.shape[i + 2] as number) - reached;
        });
        const back = transposed(direction, weight.tensor(), { ...geometry, outputPadding });
        expect(back.shape).toEqual(x.array.shape);
        expect(dot(arrayOf(back), x.array)).toBeCloseTo(
          output.values.reduce((a, b) => a + b, 0),
          6,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('conv2d', () => {
  const image = (...shape: number[]): Tensor => ones(shape);

  test('adds the bias per output channel', () => {
    const result = conv2d(zeros([1, 1, 2, 2]), ones([2, 1, 1, 1]), { bias: ones([2]) });
    expect(result.toArraySync()).toEqual([
      [
        [
          [1, 1],
          [1, 1],
        ],
        [
          [1, 1],
          [1, 1],
        ],
      ],
    ]);
  });

  test("padding 'same' keeps the size, also for even windows; 'valid' pads nothing", () => {
    expect(conv2d(image(1, 1, 5, 6), ones([1, 1, 2, 3]), { padding: 'same', dilation: [1, 2] }).shape).toEqual([
      1, 1, 5, 6,
    ]);
    // The odd element is added on the right.
    const line = conv1d(ones([1, 1, 3]), ones([1, 1, 2]), { padding: 'same' });
    expect(line.toArraySync()).toEqual([[[2, 2, 1]]]);
    expect(conv2d(image(1, 1, 5, 6), ones([1, 1, 2, 3]), { padding: 'valid' }).shape).toEqual([1, 1, 4, 4]);
  });

  test('takes an image without a batch axis', () => {
    expect(conv2d(image(2, 4, 4), ones([3, 2, 3, 3])).shape).toEqual([3, 2, 2]);
  });

  test('refuses what does not fit, and says why', () => {
    const weight = ones([4, 2, 3, 3]);
    expect(() => conv2d(image(1, 3, 5, 5), weight)).toThrow(ShapeError);
    expect(() => conv2d(image(1, 3, 5, 5), weight)).toThrow('expects 2 input channels');
    expect(() => conv2d(image(1, 2, 2, 2), weight)).toThrow('the window is larger');
    expect(() => conv2d(image(1, 2), weight)).toThrow(ShapeError);
    expect(() => conv2d(image(1, 6, 5, 5), weight, { groups: 3 })).toThrow(ArgumentError);
    expect(() => conv2d(image(1, 2, 5, 5), weight, { padding: 'same', stride: 2 })).toThrow(
      "'same' needs a stride of 1",
    );
    expect(() => conv2d(image(1, 2, 5, 5), weight, { stride: [1, 1, 1] })).toThrow('stride needs 2 numbers');
    expect(() => conv2d(image(1, 2, 5, 5).double(), weight)).toThrow(DTypeError);
  });
});
