import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ScalarOpName, scalarOps } from '../src/index.ts';
import '../src/special/index.ts';

/** Arguments and the value, computed by mpmath with 60 digits. */
type Row = readonly number[];

const table = JSON.parse(readFileSync(new URL('special-values.json', import.meta.url), 'utf8')) as Record<
  string,
  Row[]
>;

/**
 * Relative errors; PyTorch's own are of the same size. lgamma below 0 and digamma have zeros that no double lies on:
 * there the absolute error counts.
 */
const tolerances: Readonly<Record<string, readonly [relative: number, absolute: number]>> = {
  erf: [1e-15, 0],
  erfc: [2e-15, 0],
  erfinv: [2e-15, 0],
  lgamma: [2e-14, 3e-15],
  digamma: [1e-14, 1e-15],
  zeta: [2e-15, 0],
};

describe.each(Object.entries(tolerances))('%s', (name, [relative, absolute]) => {
  const { evaluate } = scalarOps[name as ScalarOpName];

  test.each((table[name] as Row[]).map((row) => [row] as const))('%j', (row) => {
    const expected = row.at(-1) as number;
    const [a, b] = row as [number, number];
    expect(Math.abs(evaluate(a, b, 0) - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + absolute);
  });
});

test('values at the ends of their domains', () => {
  const at = (name: ScalarOpName, a: number, b = 0): number => scalarOps[name].evaluate(a, b, 0);
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  expect([at('erf', inf), at('erf', -inf), at('erf', nan), at('erf', -0)]).toEqual([1, -1, nan, -0]);
  expect([at('erfc', inf), at('erfc', -inf), at('erfc', nan)]).toEqual([0, 2, nan]);
  expect([at('erfinv', 1), at('erfinv', -1), at('erfinv', 1.5), at('erfinv', nan)]).toEqual([inf, -inf, nan, nan]);
  expect([at('lgamma', 1), at('lgamma', 2), at('lgamma', 0), at('lgamma', -3)]).toEqual([0, 0, inf, inf]);
  expect([at('lgamma', inf), at('lgamma', -inf), at('lgamma', nan)]).toEqual([inf, inf, nan]);
  // As PyTorch: a pole with the sign of the zero, no value at the other poles.
  expect([at('digamma', 0), at('digamma', -0), at('digamma', -2), at('digamma', inf)]).toEqual([-inf, inf, nan, inf]);
  expect([at('zeta', 1, 2), at('zeta', 0.5, 2), at('zeta', 2, 0), at('zeta', 2.5, -0.5)]).toEqual([inf, nan, inf, nan]);
});
