// Times kernels of this backend against loops written by hand, in one run: pnpm --filter @gradus/backend-cpu bench
import { expressions as build, input, mapProgram, plainReduceProgram, type View, withLayout } from '@gradus/backend';
import { expand, permute } from '@gradus/storage';
import { arrayOf, backend, random, report, time } from './harness.ts';

const MILLION = 1_000_000;
const [x, y, z] = [0, 1, 2].map((k) => input(k, 'float32')) as [
  ReturnType<typeof input>,
  ReturnType<typeof input>,
  ReturnType<typeof input>,
];

function map(root: ReturnType<typeof input>, inputs: readonly View[], output: View): () => void {
  const program = mapProgram(
    inputs.map((view) => view.dtype),
    [],
    [root],
  );
  return () => backend.launch({ kind: 'map', program, inputs, outputs: [output], uniforms: [] });
}

function benchMap(): void {
  const [a, b, c, out] = [0, 1, 2, 3].map(() => random([MILLION])) as [View, View, View, View];
  const [p, q, r, to] = [a, b, c, out].map((view) => arrayOf(view) as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const add = time(() => {
    for (let i = 0; i < MILLION; i++) to[i] = (p[i] as number) + (q[i] as number);
  });
  report('map: a + b, 1M', time(map(build.add(x, y), [a, b], out)), ['by hand', add]);
  const fused = time(() => {
    for (let i = 0; i < MILLION; i++) to[i] = Math.max((p[i] as number) * (q[i] as number) + (r[i] as number), 0);
  });
  report('map: relu(a * b + c), 1M', time(map(build.max(build.add(build.mul(x, y), z), 0), [a, b, c], out)), [
    'by hand',
    fused,
  ]);
  const exp = time(() => {
    for (let i = 0; i < MILLION; i++) to[i] = Math.exp(p[i] as number);
  });
  report('map: exp(a), 1M', time(map(build.exp(x), [a], out)), ['by hand', exp]);

  const matrix = random([1000, 1000]);
  const row = random([1, 1000]);
  const bias = withLayout(row, expand(row.layout, [1000, 1000]));
  const target = random([1000, 1000]);
  report('map: matrix + row, 1000 x 1000', time(map(build.add(x, y), [matrix, bias], target)), ['a + b', add]);
  const turned = withLayout(matrix, permute(matrix.layout, [1, 0]));
  report('map: copy of a transposed 1000 x 1000', time(map(x, [turned], target)), ['a + b', add]);
  const [s, t, u] = [0, 1, 2].map(() => random([100, 16])) as [View, View, View];
  report('map: a + b, 100 x 16', time(map(build.add(x, y), [s, t], u)));
  const [one, other] = [random([1]), random([1])];
  report('map: -a, one element', time(map(build.neg(x), [one], other)));
}

function benchReduce(): void {
  const matrix = random([1000, 1000]);
  const values = arrayOf(matrix) as Float32Array;
  const byHand = time(() => {
    let sum = 0;
    for (let i = 0; i < MILLION; i++) sum += values[i] as number;
    values[0] = sum > 1e9 ? 1 : 0;
  });
  const program = plainReduceProgram('sum', 'float32');
  const reduce = (axes: readonly number[], shape: readonly number[], kernel = program): number => {
    const output = random(shape);
    return time(() =>
      backend.launch({ kind: 'reduce', program: kernel, inputs: [matrix], output, axes, uniforms: [] }),
    );
  };
  report('reduce: sum of 1000 x 1000', reduce([0, 1], [1, 1]), ['by hand', byHand]);
  report('reduce: sum of rows', reduce([1], [1000, 1]), ['by hand', byHand]);
  report('reduce: sum of columns', reduce([0], [1, 1000]), ['by hand', byHand]);
  report('reduce: max of rows', reduce([1], [1000, 1], plainReduceProgram('max', 'float32')), ['by hand', byHand]);
  const small = random([100, 16]);
  const output = random([1, 16]);
  report(
    'reduce: sum of columns, 100 x 16',
    time(() => backend.launch({ kind: 'reduce', program, inputs: [small], output, axes: [0], uniforms: [] })),
  );
}

function naive(a: Float32Array, b: Float32Array, out: Float32Array, m: number, k: number, n: number): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += (a[i * k + l] as number) * (b[l * n + j] as number);
      out[i * n + j] = sum;
    }
  }
}

function benchMatMul(): void {
  for (const [m, k, n] of [
    [512, 512, 512],
    [128, 784, 256],
    [64, 64, 64],
    [32, 32, 32],
    [100, 16, 16],
    [16, 100, 16],
    [100, 2, 16],
    [100, 16, 1],
    [16, 100, 1],
    [1, 512, 512],
    [512, 512, 1],
  ] as const) {
    const [a, b, out] = [random([m, k]), random([k, n]), random([m, n])];
    const [p, q, r] = [a, b, out].map((view) => arrayOf(view) as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const byHand = time(() => naive(p, q, r, m, k, n));
    const ours = time(() => backend.launch({ kind: 'matmul', a, b, output: out, accumulate: false }));
    const rate = ((2 * m * k * n) / ours / 1000).toFixed(2);
    report(`matmul: ${m} x ${k} x ${n}, ${rate} GFLOP/s`, ours, ['naive', byHand]);
  }
}

benchMap();
benchReduce();
benchMatMul();
