import { expect, test } from 'vitest';
import { type Absence, type Race, race } from '../src/race.ts';
import { report } from '../src/report.ts';
import { type Entrant, entrants } from '../src/runner.ts';
import { elementwise } from '../src/workloads/elementwise.ts';
import { gpt } from '../src/workloads/gpt.ts';
import { lenet } from '../src/workloads/lenet.ts';
import { lstm } from '../src/workloads/lstm.ts';
import { matmul } from '../src/workloads/matmul.ts';
import { mlp } from '../src/workloads/mlp.ts';

const quick = { rounds: 1, milliseconds: 1, warmup: 1, patience: 30_000 };
const pytorch = 'PyTorch, 1 thread';

/** Who can't take part; PyTorch need not be installed. */
function absentIn({ absent }: Race): readonly Absence[] {
  return absent.filter(({ name, reason }) => name !== pytorch || !/No module named 'torch'|ENOENT/.test(reason));
}

const tiny = mlp('tiny', {
  sizes: [2, 16, 1],
  batch: 10,
  activation: 'tanh',
  loss: 'squared error',
  optimizer: { kind: 'sgd', learningRate: 0.01, momentum: 0 },
});

const inNode = entrants.map(({ name }) => name).filter((name) => name !== pytorch);

/** All families but lenet, and small. */
const small = [
  tiny,
  mlp('classifier', {
    sizes: [20, 16, 16, 10],
    batch: 10,
    activation: 'relu',
    loss: 'cross entropy',
    optimizer: { kind: 'adam', learningRate: 1e-3 },
  }),
  elementwise('elementwise', 1000),
  lstm('lstm', { inputs: 5, hidden: 6, classes: 4, time: 3, batch: 2 }),
  gpt('gpt', { layers: 2, width: 8, heads: 2, time: 6, batch: 2, vocabulary: 11 }),
  matmul('matmul', 32),
];

test.each(small)('the contenders compute the same $name', { timeout: 240_000 }, async (workload) => {
  const result = await race(workload, entrants, quick);
  expect(absentIn(result)).toEqual([]);
  expect(result.results.map(({ name }) => name)).toEqual(expect.arrayContaining(inNode));
  for (const { median } of result.results) expect(median).toBeGreaterThan(0);
});

test('the contenders compute the same lenet, but for one without gradients of windows', {
  timeout: 240_000,
}, async () => {
  const result = await race(lenet('lenet', 2), entrants, quick);
  const reason = "Error: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'";
  expect(absentIn(result)).toEqual([{ name: 'tfjs wasm', reason }]);
  const others = inNode.filter((name) => name !== 'tfjs wasm');
  expect(result.results.map(({ name }) => name)).toEqual(expect.arrayContaining(others));
});

const first = entrants[0] as Entrant;

/** A contender that answers with one value after sleeping that long. */
const answering = (name: string, value: string, milliseconds: number): Entrant => {
  const answer = `process.stdin.on('data', () => console.log('{"milliseconds": ${milliseconds}, "value": ${value}}'))`;
  return { name, command: async () => [process.execPath, '-e', answer] };
};

test.each(['7', 'null'])('a contender that computes %s is refused', { timeout: 240_000 }, async (value) => {
  await expect(race(tiny, [first, answering('impostor', value, 1)], quick)).rejects.toThrow(
    new RegExp(`^impostor computes something else: ${value}, ${first.name} has`),
  );
});

test('a contender that needs too long is named with its time', { timeout: 240_000 }, async () => {
  const { absent } = await race(tiny, [first, answering('slow', '7', 31_000)], quick);
  expect(absent).toEqual([{ name: 'slow', reason: 'a step takes 31.0 s' }]);
});

test('a contender that does not start is named with its reason', { timeout: 240_000 }, async () => {
  const broken: Entrant = {
    name: 'broken',
    command: async () => [process.execPath, '-e', 'throw new Error("no torch")'],
  };
  const missing: Entrant = { name: 'missing', command: async () => ['./no-such-program'] };
  const result = await race(tiny, [first, broken, missing], quick);
  expect(result.absent[0]?.reason).toBe('Error: no torch');
  expect(result.absent[1]?.reason).toMatch(/ENOENT/);
  expect(report(result)).toMatch(/^\| broken \| not run: Error: no torch \| {2}\| {2}\|$/m);
});

test('the table compares everyone with the first', () => {
  const results = [
    { name: 'a', median: 2, best: 1, value: 0 },
    { name: 'b', median: 3, best: 2.5, value: 0 },
  ];
  const table = report({ workload: tiny, results, absent: [] });
  expect(table).toContain('| one training step | median, ms | best, ms | median / a |');
  expect(table).toContain('| b | 3.000 | 2.500 | 1.50 |');
});

test('the table gives the rate of operations where they are counted', () => {
  const results = [{ name: 'a', median: 2, best: 1, value: 0 }];
  const table = report({ workload: matmul('square', 100), results, absent: [{ name: 'b', reason: 'away' }] });
  expect(table).toContain('| one product | median, ms | best, ms | median / a | GFLOP/s |');
  expect(table).toContain('| a | 2.000 | 1.000 | 1.00 | 1.00 |');
  expect(table).toContain('| b | not run: away |  |  |  |');
});
