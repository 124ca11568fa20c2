import {
  allocateView,
  type Backend,
  decompose,
  type Kernel,
  plainReduceProgram,
  type View,
  withLayout,
} from '@gradus/backend';
import { convolution, convolutionInput, convolutionWeight } from '@gradus/backend/nn';
import { Layout, type Shape } from '@gradus/storage';
import { describe, expect, test } from 'vitest';
import { wasm } from '../src/index.ts';

// Sizes beyond every block of the kernels, which the conformance kit doesn't reach.

const backends = { 'relaxed SIMD': wasm(), 'plain SIMD': wasm({ relaxedSimd: false }) };

function viewOf(backend: Backend, shape: Shape, valueAt: (i: number) => number = () => 0): View {
  const view = allocateView(backend, shape, 'float32');
  const values = Float32Array.from({ length: view.layout.size }, (_, i) => valueAt(i));
  backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
  return view;
}

function valuesOf(backend: Backend, view: View): Float32Array {
  const bytes = backend.downloadSync?.(view.storage.handle, 0, view.storage.byteLength) as Uint8Array<ArrayBuffer>;
  return new Float32Array(bytes.buffer);
}

/** Between -0.5 and 0.5, without a pattern that a wrong stride could repeat. */
const noise = (seed: number) => (i: number) => ((Math.imul(i + seed, 2654435761) >>> 8) % 1000) / 1000 - 0.5;

describe.each(Object.entries(backends))('with %s', (_, backend) => {
  test('a product of 401 x 520 by 520 x 1101', () => {
    const [rows, depth, columns] = [401, 520, 1101];
    const [a, b] = [viewOf(backend, [rows, depth], noise(1)), viewOf(backend, [depth, columns], noise(2))];
    const output = viewOf(backend, [rows, columns]);
    backend.launch({ kind: 'matmul', a, b, output, accumulate: false });
    const [left, right, result] = [a, b, output].map((view) => valuesOf(backend, view)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let i = 0; i < rows; i++) {
      for (let j = i % 7; j < columns; j += 7) {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += (left[i * depth + k] as number) * (right[k * columns + j] as number);
        const got = result[i * columns + j] as number;
        if (Math.abs(got - sum) > 1e-4) expect(got, `element ${i}, ${j}`).toBeCloseTo(sum, 4);
      }
    }
  });

  const geometry = { stride: [1, 2], padding: [1, 2], dilation: [1, 1], groups: 2 };
  const [input, weight, plane]: Shape[] = [
    [2, 64, 20, 41],
    [12, 32, 3, 3],
    [2, 12, 20, 22],
  ];

  /** A kernel and its decomposition give the same. */
  function expectDecomposed(kernelOf: (output: View) => Kernel & { kind: 'fused' }, shape: Shape): void {
    const [own, parts] = [viewOf(backend, shape), viewOf(backend, shape)];
    backend.launch(kernelOf(own));
    decompose(backend, kernelOf(parts));
    const expected = valuesOf(backend, parts);
    valuesOf(backend, own).forEach((value, i) => {
      if (Math.abs(value - (expected[i] as number)) > 2e-4)
        expect(value, `element ${i}`).toBeCloseTo(expected[i] as number, 4);
    });
  }

  test('a convolution over 288 window elements and 440 positions, with both gradients', () => {
    const [x, w] = [viewOf(backend, input as Shape, noise(3)), viewOf(backend, weight as Shape, noise(4))];
    const gradient = viewOf(backend, plane as Shape, noise(5));
    expectDecomposed((output) => convolution({ input: x, weight: w, output, geometry }), plane as Shape);
    expectDecomposed((output) => convolutionInput({ gradient, weight: w, output, geometry }), input as Shape);
    expectDecomposed((output) => convolutionWeight({ gradient, input: x, output, geometry }), weight as Shape);
  });

  test.each([
    { name: 'windows of one element', x: [3, 24, 9, 11], w: [40, 24, 1, 1], y: [3, 40, 9, 11], groups: 1 },
    { name: 'windows of one element in groups', x: [2, 24, 9, 11], w: [40, 12, 1, 1], y: [2, 40, 9, 11], groups: 2 },
    { name: 'a channel per group', x: [2, 10, 15, 21], w: [10, 1, 3, 3], y: [2, 10, 15, 21], groups: 10, padding: 1 },
    { name: 'two outputs per channel', x: [2, 5, 8, 7], w: [10, 1, 3, 3], y: [2, 10, 8, 7], groups: 5, padding: 1 },
    { name: 'rows of one column', x: [2, 5, 8, 3], w: [10, 1, 3, 3], y: [2, 10, 6, 1], groups: 5 },
    { name: 'a step of two', x: [2, 10, 15, 21], w: [10, 1, 3, 3], y: [2, 10, 8, 11], groups: 10, padding: 1, step: 2 },
  ])('a convolution with $name, with both gradients', ({ x, w, y, groups, padding = 0, step = 1 }) => {
    const geometry = { stride: [step, step], padding: [padding, padding], dilation: [1, 1], groups };
    const [input, weight, gradient] = [x, w, y].map((shape, i) => viewOf(backend, shape, noise(i))) as [
      View,
      View,
      View,
    ];
    expectDecomposed((output) => convolution({ input, weight, output, geometry }), y);
    expectDecomposed((output) => convolutionInput({ gradient, weight, output, geometry }), x);
    expectDecomposed((output) => convolutionWeight({ gradient, input, output, geometry }), w);
  });

  test('sums of a million terms stay near one rounding, along rows and along columns', () => {
    for (const [shape, axes] of [
      [[1, 1_000_000], [1]],
      [[250_000, 5], [0]],
    ] as const) {
      const x = viewOf(backend, shape, () => 0.1);
      const output = viewOf(
        backend,
        shape.map((n, axis) => ((axes as readonly number[]).includes(axis) ? 1 : n)),
      );
      const program = plainReduceProgram('sum', 'float32');
      backend.launch({ kind: 'reduce', program, inputs: [x], output, axes, uniforms: [] });
      const expected = Math.fround(0.1) * (axes[0] === 1 ? 1_000_000 : 250_000);
      for (const value of valuesOf(backend, output)) expect(Math.abs(value / expected - 1)).toBeLessThan(5e-7);
    }
  });

  test('folds of one long line, every second element of it, to the last piece', () => {
    const length = 100_003;
    const x = viewOf(backend, [2 * length], (i) => (i % 2 === 1 ? 1e9 : ((i / 2) % 1000) - 300));
    const line = withLayout(x, new Layout([length], [2], 0));
    // A hundred rounds of -300 to 699, and three more.
    const expected = { sum: 100 * 199_500 - 897, max: 699, min: -300 };
    for (const fold of ['sum', 'max', 'min'] as const) {
      const output = viewOf(backend, [1]);
      const program = plainReduceProgram(fold, 'float32');
      backend.launch({ kind: 'reduce', program, inputs: [line], output, axes: [0], uniforms: [] });
      expect(valuesOf(backend, output)[0]).toBe(Math.fround(expected[fold]));
    }
  });
});
