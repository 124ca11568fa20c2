import type { Backend } from '@gradus/backend';
import { test } from 'vitest';
import { type FuzzOptions, fuzzExpressions } from './fuzz/fuzz-expressions.ts';

/**
 * Declares a vitest test that runs random expressions on a backend (see `fuzzExpressions`), the same ones every time unless a
 * seed is given:
 *
 * ```ts
 * fuzzBackend('mine', () => mine(), { runs: 1000 })
 * ```
 */
export function fuzzBackend(
  name: string,
  make: () => Backend | Promise<Backend>,
  { seed = 0, runs = 200, ...options }: FuzzOptions = {},
): void {
  test(`${runs} random expressions on ${name}, from seed ${seed}`, { timeout: 60_000 + 200 * runs }, async () => {
    const backend = await make();
    try {
      await backend.initialize?.();
      await fuzzExpressions(backend, { runs, seed, ...options });
    } finally {
      backend.dispose();
    }
  });
}
