import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { train as trainGpt } from '../src/gpt.ts';
import { train as trainLeNet } from '../src/lenet.ts';

function source(file: string): string {
  return readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
}

/** What `record.py` printed. */
const recorded: {
  readonly lenet: readonly number[];
  readonly gpt: { readonly losses: readonly number[]; readonly generated: string };
} = JSON.parse(source('recorded.json'));

/** float32 rounding differs, and grows from step to step. */
function expectLosses(losses: readonly number[], expected: readonly number[]): void {
  expect(losses.length).toBe(expected.length);
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-3);
}

test('the LeNet learns as in PyTorch, step by step', async () => {
  expectLosses(await trainLeNet(recorded.lenet.length), recorded.lenet);
});

test('the GPT learns as in PyTorch, and then writes the same text', async () => {
  const [losses, generated] = await trainGpt(recorded.gpt.losses.length);
  expectLosses(losses, recorded.gpt.losses);
  expect(generated).toBe(recorded.gpt.generated);
});

describe('a port has no more lines than its original', () => {
  /** Lines that say something: not blank, and no closing brackets alone. */
  const linesOf = (file: string): number =>
    source(file)
      .split('\n')
      .filter((line) => /\w/.test(line)).length;

  test.each(['lenet', 'gpt'])('%s', (name) => {
    expect(linesOf(`${name}.ts`)).toBeLessThanOrEqual(linesOf(`${name}.py`));
  });
});
