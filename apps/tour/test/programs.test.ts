import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defaultBackend } from '@gradus/gradus';
import { describe, expect, test } from 'vitest';
import { adam, gradientAtThree, gradientDescent } from '../src/programs.ts';

test('the gradient of x * x + 2x + 1 at 3 is 8', async () => {
  expect(await gradientAtThree()).toBe(8);
});

describe.each([
  ['gradient descent', gradientDescent, 1e-6],
  ['Adam', adam, 1e-4],
])('y = 2x by %s', (_, fit, tolerance) => {
  test('ends with theta at 2', async () => {
    const { theta, losses } = await fit();
    expect(Math.abs(theta - 2)).toBeLessThan(tolerance);
    // (1 - 2)^2 times the mean of 1, 4 and 9.
    expect(losses[0]).toBeCloseTo(14 / 3, 5);
    expect(losses.at(-1)).toBeLessThan(tolerance ** 2 * 10);
    expect(losses.length).toBe(1000);
  });

  test('is as good as there after a few steps, and holds no memory per step', async () => {
    const live = (): number => defaultBackend().memory().liveBuffers;
    const grown = async (steps: number): Promise<number> => {
      const before = live();
      await fit(steps);
      return live() - before;
    };
    expect(await grown(30)).toBe(await grown(3));
  });
});

test('the first step of gradient descent is the one by hand', async () => {
  // theta - lr * 2 * (theta - 2) * mean(x^2) = 1 + 0.1 * 2 * 14 / 3
  expect((await gradientDescent(1)).theta).toBeCloseTo(1 + 0.2 * (14 / 3), 5);
});

test('the program prints all three', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@gradus/source', main]);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toBe('f(x) = x * x + 2x + 1: the gradient at 3 is 8');
  expect(lines[1]).toContain('by gradient descent: theta goes from 1 to 2.000000,');
  expect(lines[2]).toContain('by Adam: theta goes from 1 to 2.0000');
  expect(lines.length).toBe(3);
});
