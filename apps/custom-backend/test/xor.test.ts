import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { use } from '@gradus/backend';
import { expect, test } from 'vitest';
import { counting } from '../src/counting-backend.ts';
import { trainXor } from '../src/xor.ts';

test('a network on the backend learns exclusive or, and its launches are counted', async () => {
  const backend = counting();
  await use(backend);
  expect(await trainXor()).toEqual([false, true, true, false]);
  // 200 steps: two products forward; two for each layer backward, less the first layer's input; and the answers.
  expect(backend.counts.get('matmul')?.launches).toBe(200 * (2 + 3) + 2);
  for (const kind of ['map', 'reduce'] as const) expect(backend.counts.get(kind)?.launches).toBeGreaterThan(200);
  for (const { milliseconds } of backend.counts.values()) expect(milliseconds).toBeGreaterThan(0);
});

test('the program prints the answers and the counts', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@gradus/source', main]);
  expect(stdout).toMatch(/^00, 01, 10, 11 -> 0, 1, 1, 0\n/);
  expect(stdout).toMatch(/matmul.+1002/);
});
