import { readFileSync } from 'node:fs';
import type { ScalarOpName } from '@gradus/backend';
import { describe, expect, test } from 'vitest';
import { wasm } from '../../src/index.ts';
import { computed } from './computed.ts';

/** Bounds in units in the last place of float64, of functions that the table has. */
const bounds: Partial<Record<ScalarOpName, number>> = {
  exp: 1,
  exp2: 1,
  expm1: 2,
  log: 1,
  log2: 1,
  log10: 1,
  log1p: 2,
  sin: 1,
  cos: 1,
  tan: 3,
  asin: 1,
  acos: 1,
  atan: 1,
  atan2: 1,
  sinh: 1,
  cosh: 1,
  tanh: 2,
  asinh: 3,
  acosh: 3,
  atanh: 3,
  sigmoid: 2,
  erf: 2,
  erfc: 3,
  pow: 1,
  fmod: 0,
};

/** Rows of a function: its arguments, and behind them the correctly rounded result. */
const table = new Map<string, number[][]>();
for (const line of readFileSync(new URL('float64.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')) {
  const [name, ...numbers] = line.split(',') as [string, ...string[]];
  const rows = table.get(name) ?? [];
  rows.push(numbers.map(Number));
  table.set(name, rows);
}

const words = new BigInt64Array(1);
const double = new Float64Array(words.buffer);

/** A number's place among all float64 numbers, so that neighbours differ by 1. */
function placeOf(value: number): bigint {
  double[0] = value + 0;
  const [bits] = words as unknown as [bigint];
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}

describe.each(Object.entries({ 'relaxed SIMD': wasm(), 'plain SIMD': wasm({ relaxedSimd: false }) }))(
  'float64 functions with %s',
  (_, backend) => {
    test.each(Object.entries(bounds))('%s is off by at most %d units in the last place', (name, bound) => {
      const rows = table.get(name) as number[][];
      const arity = (rows[0] as number[]).length - 1;
      const operands = Array.from({ length: arity }, (_, k) => Float64Array.from(rows, (row) => row[k] as number));
      const results = computed(backend, name as ScalarOpName, 'float64', operands);
      let worst = { ulps: -1, row: [] as number[], got: 0 };
      rows.forEach((row, i) => {
        const difference = placeOf(results[i] as number) - placeOf(row.at(-1) as number);
        const ulps = Number(difference < 0n ? -difference : difference);
        if (ulps > worst.ulps || Number.isNaN(results[i])) worst = { ulps, row, got: results[i] as number };
      });
      expect(worst.ulps, `${name}(${worst.row.slice(0, -1)}) is ${worst.got}`).toBeLessThanOrEqual(bound);
    });
  },
);
