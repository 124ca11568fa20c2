import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate, pythonProgram, type Row, rows, type Value } from '../src/examples/rows.ts';

/** What PyTorch 1.13 doesn't have yet, and statements, which have no value. */
const incomparable = /scaled_dot_product_attention|torch\.func\.|^with /;
const all = rows();
const comparable = all.filter(({ python }) => !incomparable.test(python));
/** Debian's interpreter, which its python3-torch belongs to, unless another is named. */
const python = process.env.PYTHON ?? '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;

test('there are rows', () => {
  expect(all.length).toBeGreaterThan(100);
});

test.each(all.map((row) => [row.gradus, row] as const))('%s', async (_, row) => {
  await expect(evaluate(row)).resolves.toBeDefined();
});

describe.skipIf(!hasTorch)('both sides give the same values (needs Python with PyTorch):', () => {
  let expected: readonly Value[];
  beforeAll(() => {
    const { stdout, stderr, status } = spawnSync(python, ['-'], { input: pythonProgram(comparable), encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    expected = JSON.parse(stdout.trim().split('\n').at(-1) ?? ''); // a row may print, too
  });

  test.each(comparable.map((row, i) => [row.python, row, i] as const))('%s', async (_, row: Row, i) => {
    const value = await evaluate(row);
    if (value !== null) expectClose(value, expected[i] ?? null);
  });
});

function expectClose(actual: Value, expected: Value): void {
  if (!Array.isArray(actual) || !Array.isArray(expected)) return expectNumber(actual, expected);
  expect(actual).toHaveLength(expected.length);
  for (const [i, element] of actual.entries()) expectClose(element, expected[i]);
}

function expectNumber(actual: Value, expected: Value): void {
  if (typeof actual !== 'number' || typeof expected !== 'number') return expect(actual).toEqual(expected);
  // float32: the last digits are a matter of the order of sums.
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected)));
}
