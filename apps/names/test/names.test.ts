import { firstNames } from '@gradus/data/sets';
import { cpu, use } from '@gradus/gradus';
import { programAt } from 'command-line/testing';
import { describe, expect, test } from 'vitest';
import { Alphabet } from '../src/alphabet.ts';
import { modelNames } from '../src/models.ts';

const run = programAt(new URL('../src/main.ts', import.meta.url));
await use(cpu());
const names = await firstNames();
const slow = { timeout: 180_000 };

/** Mean surprise, in nats, at a letter or an end for one who knows only how common each is. */
function entropyOfLetters(): number {
  const counts = new Map<string, number>();
  const all = names.map((name) => `${name}.`).join('');
  for (const letter of all) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, n) => sum - (n / all.length) * Math.log(n / all.length), 0);
}

/** What the program's table says of a model. */
function lossesIn(stdout: string, model: string): { readonly training: number; readonly validation: number } {
  const cells = new RegExp(`│ ${model} +│ \\d+ +│ ([\\d.]+) +│ ([\\d.]+) `).exec(stdout);
  return { training: Number(cells?.[1]), validation: Number(cells?.[2]) };
}

describe('a short training learns more than how common letters are', () => {
  test.each(modelNames)('%s', slow, async (model) => {
    const { code, stdout } = await run('.', ['--model', model, '--epochs', '1', '--lr', '0.01', '--count', '5']);
    expect(code).toBe(0);
    const { training, validation } = lossesIn(stdout, model);
    expect(training).toBeLessThan(entropyOfLetters() - 0.1);
    expect(validation).toBeLessThan(entropyOfLetters() - 0.1);
    const [, ...invented] = (stdout.trim().split('\n').at(-1) as string).split(/ +/);
    expect(new Set(invented).size).toBe(5);
    for (const name of invented) expect(names).not.toContain(name);
  });
});

test('a model with a memory beats pairs of letters', slow, async () => {
  const { stdout } = await run('.', ['--model', 'bigram', 'gru', '--epochs', '2', '--lr', '0.02', '--count', '0']);
  expect(lossesIn(stdout, 'gru').validation).toBeLessThan(lossesIn(stdout, 'bigram').validation - 0.2);
});

test('names become letters and back', async () => {
  const alphabet = new Alphabet(['Ann', 'Jo-Ann', 'Eve']);
  expect(alphabet.letters.join('')).toBe('-AEJenov');
  const { inputs, targets } = alphabet.encode(['Eve', 'Ann']);
  expect(await inputs.toArray()).toEqual([
    [0, 3, 8, 5, 0, 0, 0],
    [0, 2, 6, 6, 0, 0, 0],
  ]);
  expect(await targets.toArray()).toEqual([
    [3, 8, 5, 0, -100, -100, -100],
    [2, 6, 6, 0, -100, -100, -100],
  ]);
  expect(alphabet.decode([2, 6, 6, 0, 3])).toBe('Ann');
  expect(alphabet.decode([2, 6])).toBe('An');
});

test('an unknown model gets one clear line and exit code 1', async () => {
  const { code, stderr } = await run('.', ['--model', 'trigram']);
  expect(stderr).toMatch(/^error: [^\n]+Allowed choices are bigram, mlp, rnn, lstm, gru, transformer\.\n$/);
  expect(code).toBe(1);
});
