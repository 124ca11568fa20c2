import {
  allocateView,
  expressions as build,
  type Expression,
  input,
  type Kernel,
  mapProgram,
  plainReduceProgram,
  type View,
} from '@gradus/backend';
import { convolution, convolutionInput } from '@gradus/backend/nn';
import type { Shape } from '@gradus/storage';
import { wasm } from '../src/index.ts';
import type { Load } from './limits.ts';

/** A kernel, what it is limited by, and for memory how many bytes its operands have together. */
export interface Workload {
  readonly name: string;
  readonly limit: 'arithmetic' | 'memory';
  readonly load: Load;
}

const backend = wasm({ threads: 1 });

function random(shape: Shape): View {
  const view = allocateView(backend, shape, 'float32');
  const values = Float32Array.from({ length: view.layout.size }, (_, i) => Math.sin(i * 12.9898));
  backend.upload(view.storage.handle, 0, new Uint8Array(values.buffer));
  return view;
}

function launching(kernel: Kernel): () => void {
  return () => backend.launch(kernel);
}

const [a, b, c] = [0, 1, 2].map((k) => input(k, 'float32')) as [Expression, Expression, Expression];

/** exp and tanh show how far from memory's limit their instructions keep them. */
const maps: readonly (readonly [name: string, root: Expression, inputs: number])[] = [
  ['copy', a, 1],
  ['a + b', build.add(a, b), 2],
  ['relu(a b + c)', build.max(build.add(build.mul(a, b), c), 0), 3],
  ['exp', build.exp(a), 1],
  ['tanh', build.tanh(a), 1],
];

function mapLoads(size: number): Workload[] {
  return maps.map(([name, root, count]) => {
    const inputs = Array.from({ length: count }, () => random([size]));
    const output = random([size]);
    const program = mapProgram(
      inputs.map(() => 'float32'),
      [],
      [root],
    );
    const run = launching({ kind: 'map', program, inputs, outputs: [output], uniforms: [] });
    return { name: `map: ${name}, ${size}`, limit: 'memory', load: { amount: 4 * size * (count + 1), run } };
  });
}

function reduceLoads(rows: number, columns: number): Workload[] {
  const source = random([rows, columns]);
  const program = plainReduceProgram('sum', 'float32');
  return ([0, 1] as const).map((axis) => {
    const output = random(axis === 0 ? [1, columns] : [rows, 1]);
    const run = launching({ kind: 'reduce', program, inputs: [source], output, axes: [axis], uniforms: [] });
    const name = `reduce: sum of ${rows} x ${columns} along axis ${axis}`;
    return { name, limit: 'memory', load: { amount: 4 * rows * columns, run } };
  });
}

function softmaxLoad(rows: number, columns: number): Workload {
  const [source, output] = [random([rows, columns]), random([rows, columns])];
  const run = launching({ kind: 'fused', name: 'softmax', input: source, output, axis: 1, log: false });
  return { name: `softmax of ${rows} x ${columns}`, limit: 'memory', load: { amount: 8 * rows * columns, run } };
}

function productLoad(n: number): Workload {
  const [left, right, output] = [random([n, n]), random([n, n]), random([n, n])];
  const run = launching({ kind: 'matmul', a: left, b: right, output, accumulate: false });
  return { name: `matmul: ${n} x ${n} x ${n}`, limit: 'arithmetic', load: { amount: 2 * n ** 3, run } };
}

function convolutionLoads(channels: number, size: number): Workload[] {
  const image = random([8, channels, size, size]);
  const [weight, output] = [random([channels, channels, 3, 3]), random([8, channels, size, size])];
  const geometry = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 } as const;
  const amount = 2 * 8 * channels * channels * 9 * size * size;
  const kernels: readonly (readonly [string, Kernel])[] = [
    ['convolution', convolution({ input: image, weight, output, geometry })],
    ['its input gradient', convolutionInput({ gradient: output, weight, output: image, geometry })],
  ];
  return kernels.map(([name, kernel]) => ({
    name: `${name}, 3 x 3, ${channels} channels, ${size} x ${size}`,
    limit: 'arithmetic',
    load: { amount, run: launching(kernel) },
  }));
}

export const workloads: readonly Workload[] = [
  ...[64, 128, 256, 512].map(productLoad),
  ...convolutionLoads(32, 28),
  ...mapLoads(16_384),
  ...mapLoads(1_000_000),
  ...reduceLoads(1000, 1000),
  softmaxLoad(1000, 1000),
];
