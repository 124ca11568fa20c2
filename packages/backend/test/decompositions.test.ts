import { sizeOf } from '@gradus/storage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateView, type ConvolutionGeometry, decompose, HostBackend, hostView, type View } from '../src/index.ts';
import { convolution, convolutionInput, convolutionWeight, maxPool } from '../src/nn/index.ts';

const backend = new HostBackend('host');

function viewOf(shape: readonly number[], values: (at: number) => number = (at) => Math.sin(at * 3.7)): View {
  const view = allocateView(backend, shape, 'float64');
  const { data } = hostView(view);
  for (let at = 0; at < sizeOf(shape); at++) data[at] = values(at);
  return view;
}

function valuesOf(view: View): number[] {
  return Array.from(hostView(view).data.subarray(0, view.layout.size));
}

/** Sizes, stride, padding, dilation and groups of a convolution over two axes that has at least one output. */
const cases = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inner: fc.integer({ min: 1, max: 2 }),
    outer: fc.integer({ min: 1, max: 2 }),
    size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
    window: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  })
  .map((c) => {
    const plane = c.size.map((n, i) => {
      const reach = (c.dilation[i] as number) * ((c.window[i] as number) - 1) + 1;
      return Math.floor((n + 2 * (c.padding[i] as number) - reach) / (c.stride[i] as number)) + 1;
    });
    const geometry: ConvolutionGeometry = {
      stride: c.stride,
      padding: c.padding,
      dilation: c.dilation,
      groups: c.groups,
    };
    return {
      geometry,
      input: [c.batch, c.groups * c.inner, ...c.size],
      weight: [c.groups * c.outer, c.inner, ...c.window],
      output: [c.batch, c.groups * c.outer, ...plane],
    };
  })
  .filter(({ output }) => output.every((n) => n > 0));

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** Calls `body` with flat positions for every product of an input, a weight and an output element. */
function forEachTerm({ geometry, input, weight, output }: Case, body: (x: number, w: number, y: number) => void): void {
  const [, channels, height, width] = input as [number, number, number, number];
  const [, inner, rows, columns] = weight as [number, number, number, number];
  const [batch, outputs, outHeight, outWidth] = output as [number, number, number, number];
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < outHeight; i++)
        for (let j = 0; j < outWidth; j++)
          for (let c = 0; c < inner; c++)
            for (let r = 0; r < rows; r++)
              for (let s = 0; s < columns; s++) {
                const channel = Math.floor(o / (outputs / geometry.groups)) * inner + c;
                const [y, x] = [i, j].map(
                  (at, axis) =>
                    at * (geometry.stride[axis] as number) -
                    (geometry.padding[axis] as number) +
                    ([r, s][axis] as number) * (geometry.dilation[axis] as number),
                ) as [number, number];
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                body(
                  ((n * channels + channel) * height + y) * width + x,
                  ((o * inner + c) * rows + r) * columns + s,
                  ((n * outputs + o) * outHeight + i) * outWidth + j,
                );
              }
}

function expectClose(view: View, expected: readonly number[]): void {
  const values = valuesOf(view);
  expect(values).toHaveLength(expected.length);
  values.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at] as number, 10);
  });
}

describe('convolution by its definition', () => {
  test('forward', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const [input, weight, output] = [viewOf(c.input), viewOf(c.weight), viewOf(c.output)];
        decompose(backend, convolution({ input, weight, output, geometry: c.geometry }));
        const expected = new Array<number>(sizeOf(c.output)).fill(0);
        const [xs, ws] = [valuesOf(input), valuesOf(weight)];
        forEachTerm(c, (x, w, y) => {
          expected[y] = (expected[y] as number) + (xs[x] as number) * (ws[w] as number);
        });
        expectClose(output, expected);
      }),
    );
  });

  test('the adjoint in the input', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const [gradient, weight, output] = [viewOf(c.output), viewOf(c.weight), viewOf(c.input)];
        decompose(backend, convolutionInput({ gradient, weight, output, geometry: c.geometry }));
        const expected = new Array<number>(sizeOf(c.input)).fill(0);
        const [gs, ws] = [valuesOf(gradient), valuesOf(weight)];
        forEachTerm(c, (x, w, y) => {
          expected[x] = (expected[x] as number) + (gs[y] as number) * (ws[w] as number);
        });
        expectClose(output, expected);
      }),
    );
  });

  test('the adjoint in the weight', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const [gradient, input, output] = [viewOf(c.output), viewOf(c.input), viewOf(c.weight)];
        decompose(backend, convolutionWeight({ gradient, input, output, geometry: c.geometry }));
        const expected = new Array<number>(sizeOf(c.weight)).fill(0);
        const [gs, xs] = [valuesOf(gradient), valuesOf(input)];
        forEachTerm(c, (x, w, y) => {
          expected[w] = (expected[w] as number) + (gs[y] as number) * (xs[x] as number);
        });
        expectClose(output, expected);
      }),
    );
  });
});

describe('maxPool', () => {
  test('the largest element of every window, and where it stands in the plane', () => {
    fc.assert(
      fc.property(cases, (c) => {
        const window = c.weight.slice(2);
        // PyTorch too allows at most half a window of padding, so that every window holds an element.
        fc.pre(window.every((n, i) => (c.geometry.padding[i] as number) <= n / 2));
        const single = { ...c, geometry: { ...c.geometry, groups: c.input[1] as number } };
        const shape = [c.input[0] as number, c.input[1] as number, ...c.output.slice(2)];
        const input = viewOf(c.input, (at) => (at * 7) % 5);
        const output = viewOf(shape);
        const indices = allocateView(backend, shape, 'int32');
        decompose(backend, maxPool({ input, output, indices, window, geometry: c.geometry }));
        const values = valuesOf(input);
        const plane = (c.input[2] as number) * (c.input[3] as number);
        const [best, bestAt] = [shape, shape].map((s) => new Array<number>(sizeOf(s)).fill(-1)) as [number[], number[]];
        forEachTerm({ ...single, weight: [shape[1] as number, 1, ...window], output: shape }, (x, _, y) => {
          if ((values[x] as number) <= (best[y] as number)) return;
          best[y] = values[x] as number;
          bestAt[y] = x % plane;
        });
        expect(valuesOf(output)).toEqual(best);
        expect(valuesOf(indices)).toEqual(bestAt);
      }),
    );
  });

  test('padding never wins, not even against -Infinity', () => {
    const input = viewOf([1, 1, 2, 2], () => Number.NEGATIVE_INFINITY);
    const output = viewOf([1, 1, 2, 2]);
    const indices = allocateView(backend, [1, 1, 2, 2], 'int32');
    const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1] };
    decompose(backend, maxPool({ input, output, indices, window: [2, 2], geometry }));
    expect(valuesOf(indices)).toEqual([0, 1, 2, 3]);
  });
});

describe('softmax', () => {
  test('is the exponential over its sum, and its logarithm', () => {
    const input = viewOf([3, 4]);
    const values = valuesOf(input);
    for (const log of [false, true]) {
      const output = viewOf([3, 4]);
      decompose(backend, { kind: 'fused', name: 'softmax', input, output, axis: 1, log });
      const expected = values.map((value, at) => {
        const row = values.slice(at - (at % 4), at - (at % 4) + 4);
        const share = Math.exp(value) / row.reduce((sum, v) => sum + Math.exp(v), 0);
        return log ? Math.log(share) : share;
      });
      expectClose(output, expected);
    }
  });

  test('does not overflow', () => {
    const input = viewOf([2], (at) => 1000 + at);
    const output = viewOf([2]);
    decompose(backend, { kind: 'fused', name: 'softmax', input, output, axis: 0, log: false });
    expectClose(output, [1 / (1 + Math.E), Math.E / (1 + Math.E)]);
  });
});
