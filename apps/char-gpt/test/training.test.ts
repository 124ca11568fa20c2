import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programAt } from 'command-line/testing';
import { afterAll, expect, test } from 'vitest';

const run = programAt(new URL('../src/main.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'gradus-char-gpt-'));
afterAll(() => rm(folder, { recursive: true }));
const slow = { timeout: 180_000 };

test('a short training beats the bigram model; the program goes on writing from its checkpoint', slow, async () => {
  const { code, stdout, stderr } = await run(folder, [
    ...['--layers', '1', '--width', '64', '--heads', '2', '--context', '32', '--length', '40'],
    ...['--characters', '120000', '--epochs', '2', '--batch-size', '8', '--lr', '0.005'],
    ...['--checkpoint', 'gpt.safetensors'],
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/epoch 2\/2 step 422\/422 /);
  const [, model, bigram] = /validation perplexity ([\d.]+), of a bigram model ([\d.]+)\n/.exec(stdout) ?? [];
  // Chance gives 89; how common the characters are about 22.
  expect(Number(bigram)).toBeGreaterThan(11);
  expect(Number(bigram)).toBeLessThan(14);
  expect(Number(model)).toBeLessThan(Number(bigram) - 1);
  expect(stdout).toMatch(/\n\nCall me [\s\S]{40}\n\nafter /);

  const args = ['write', '--checkpoint', 'gpt.safetensors', '--prompt', 'The whale', '--length', '60'];
  const written = await run(folder, args);
  expect(written.code).toBe(0);
  expect([...written.stdout].length).toBe('The whale'.length + 60 + 2);
  expect(written.stdout).toMatch(/^The whale[\s\S]+\n\n$/);
  expect((await run(folder, args)).stdout).toBe(written.stdout);
  expect((await run(folder, [...args, '--seed', '1'])).stdout).not.toBe(written.stdout);
});

test('Ctrl-C saves a checkpoint, from which --resume ends as an uninterrupted run', slow, async () => {
  const sizes = ['--layers', '1', '--width', '16', '--heads', '2', '--context', '32', '--length', '40'];
  const recipe = [...sizes, '--characters', '40000', '--epochs', '2', '--seed', '5'];
  const whole = await run(folder, [...recipe, '--checkpoint', 'whole.safetensors']);
  const stopped = await run(folder, [...recipe, '--checkpoint', 'half.safetensors'], (stderr, kill) => {
    if (stderr.includes('validation')) kill('SIGINT');
  });
  expect(stopped.stdout).toContain('stopped; go on with: --resume half.safetensors');
  expect(stopped.code).toBe(130);
  const resumed = await run(folder, [
    '--resume',
    'half.safetensors',
    '--length',
    '40',
    '--checkpoint',
    'resumed.safetensors',
  ]);
  expect(resumed.code).toBe(0);
  const said = ({ stdout }: { stdout: string }): string => stdout.replace(/after [\d.]+ s\ncheckpoint .*/, '');
  expect(said(resumed)).toBe(said(whole));
  const [a, b] = await Promise.all(['whole', 'resumed'].map((name) => readFile(join(folder, `${name}.safetensors`))));
  expect(a?.equals(b as Buffer)).toBe(true);
});

test('a prompt that there is no going on from gets one clear line, before any training', slow, async () => {
  for (const [prompt, message] of [
    ['€', 'the book has no character "€"'],
    ['', 'a prompt needs at least one character'],
  ] as const) {
    const { code, stdout, stderr } = await run(folder, ['--prompt', prompt]);
    expect(stderr).toBe(`error: ${message}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  }
});
