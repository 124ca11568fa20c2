import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import { readCheckpoint } from '@gradus/serialize';
import { programAt } from 'command-line/testing';
import { afterAll, describe, expect, test } from 'vitest';

const run = programAt(new URL('../src/main.ts', import.meta.url));
await use(cpu());
const folder = await mkdtemp(join(tmpdir(), 'gradus-mnist-'));
afterAll(() => rm(folder, { recursive: true }));
const slow = { timeout: 180_000 };

/** Epoch and step at which a checkpoint was saved. */
async function positionOf(file: string): Promise<{ epoch: unknown; step: unknown }> {
  const { epoch, step } = await readCheckpoint(join(folder, file));
  return { epoch, step };
}

test('a short run of the perceptron trains and prints everything', slow, async () => {
  const args = ['--backend', 'cpu', '--model', 'mlp', '--samples', '2000', '--epochs', '1', '--batch-size', '32'];
  const { code, stdout, stderr } = await run(folder, args);
  expect(stderr).toMatch(/epoch 1\/1 step 63\/63 ETA 0s loss \d\.\d{4} accuracy \d\d\.\d\d% \d+ samples\/s/);
  expect(stdout).toContain('152650 parameters, 2000 images');
  expect(Number(/test accuracy (\d+\.\d\d) %/.exec(stdout)?.[1])).toBeGreaterThan(80);
  expect(stdout).toContain('Confusion matrix');
  const rows = [...stdout.matchAll(/^ {4}(\d)((?: +(?:\d+|\.)){10})$/gm)];
  expect(rows.map(([, digit]) => digit).join('')).toBe('0123456789');
  const counted = rows.flatMap(([, , cells = '']) => cells.trim().split(/ +/)).filter((cell) => cell !== '.');
  expect(counted.reduce((sum, cell) => sum + Number(cell), 0)).toBe(10_000);
  expect(stdout).toMatch(/Training loss\n[\s\S]+┤[\s\S]+┬[\s\S]+epoch/);
  expect(stdout).toMatch(/Some test images and their predictions\n[ .:\-=+*#%@\n]+ +7 +2 +\d \(is \d\)/);
  expect(stdout).toContain(`\ncheckpoint ${join('runs', 'mnist.safetensors')}\n`);
  expect(await positionOf('runs/mnist.safetensors')).toEqual({ epoch: 1, step: 0 });
  expect(code).toBe(0);
});

test('without options it is a convolutional network on WebAssembly', slow, async () => {
  const args = ['--samples', '2000', '--epochs', '1', '--batch-size', '25'];
  const { code, stdout } = await run(folder, [...args, '--checkpoint', 'cnn.safetensors']);
  expect(stdout).toContain('Conv2d(1, 6, kernelSize=(5, 5)');
  expect(Number(/test accuracy (\d+\.\d\d) %/.exec(stdout)?.[1])).toBeGreaterThan(75);
  expect(code).toBe(0);
});

describe('Ctrl-C', () => {
  const recipe = ['--samples', '6000', '--epochs', '3', '--seed', '5'];

  test('saves a checkpoint, from which --resume ends as an uninterrupted run', slow, async () => {
    const whole = await run(folder, [...recipe, '--checkpoint', 'whole.safetensors']);
    expect(whole.code).toBe(0);

    const stopped = await run(folder, [...recipe, '--checkpoint', 'half.safetensors'], (stderr, kill) => {
      // Within the second epoch. One press may arrive several times.
      if (stderr.split('validation').length === 2) for (const _ of [1, 2, 3]) kill('SIGINT');
    });
    expect(stopped.stdout).toContain('stopped; go on with: npm start -- --resume half.safetensors');
    expect(stopped.stdout).not.toContain('test accuracy');
    expect(stopped.code).toBe(130);
    const { epoch, step } = await positionOf('half.safetensors');
    expect(epoch).toBe(1);
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(47);

    const resumed = await run(folder, ['--resume', 'half.safetensors', '--checkpoint', 'resumed.safetensors']);
    expect(resumed.code).toBe(0);
    const said = ({ stdout }: { stdout: string }): string => stdout.replace(/after [\d.]+ s\ncheckpoint .*/, '');
    expect(said(resumed)).toBe(said(whole));
    const [a, b] = await Promise.all(['whole', 'resumed'].map((name) => readFile(join(folder, `${name}.safetensors`))));
    expect(a?.equals(b as Buffer)).toBe(true);
  });

  test('a checkpoint goes on only as it was begun, for more epochs if wanted', slow, async () => {
    const begun = ['--samples', '300', '--batch-size', '100', '--checkpoint', 'short.safetensors'];
    await run(folder, [...begun, '--epochs', '1']);
    const contradiction = await run(folder, ['--resume', 'short.safetensors', '--batch-size', '50']);
    expect(contradiction.stderr).toBe(
      "error: --batch-size 50: the checkpoint was begun with 100, which can't change\n",
    );
    expect(contradiction.code).toBe(1);
    const resume = [
      '--resume',
      'short.safetensors',
      '--batch-size',
      '100',
      '--epochs',
      '2',
      '--checkpoint',
      'more.safetensors',
    ];
    const more = await run(folder, resume);
    expect(more.stderr).toContain('epoch 2/2 step 3/3');
    expect(more.stderr).not.toContain('epoch 1/');
    expect(await positionOf('more.safetensors')).toEqual({ epoch: 2, step: 0 });
  });
});
