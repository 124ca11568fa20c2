import { expect, test } from 'vitest';
import { use } from '../src/index.ts';
import { trainOnSpiral } from './spiral.ts';

test('a small model learns, and the same on wasm as on cpu', async () => {
  const losses: (readonly number[])[] = [];
  for (const name of ['cpu', 'wasm']) {
    await use(name);
    losses.push(await trainOnSpiral());
  }
  const [onCpu, onWasm] = losses as [readonly number[], readonly number[]];
  expect(onCpu.at(0)).toBeGreaterThan(1);
  expect(onCpu.at(-1)).toBeLessThan(0.1);
  // Other roundings of the same sums: 2e-7 in a step grow over 200 of them.
  onWasm.forEach((loss, step) => {
    expect(Math.abs(loss / (onCpu[step] as number) - 1), `step ${step}`).toBeLessThan(1e-3);
  });
});
