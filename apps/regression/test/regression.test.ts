import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bostonHousePrices } from '@gradus/data/sets';
import { tensor } from '@gradus/gradus';
import { programAt } from 'command-line/testing';
import { afterAll, expect, test } from 'vitest';
import { r2, train } from '../src/train.ts';

const run = programAt(new URL('../src/main.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'gradus-regression-'));
afterAll(() => rm(folder, { recursive: true }));

test('the network explains prices that it has not seen, and more of them than a linear model', async () => {
  const { actual, fits, curve } = await train((await bostonHousePrices()).fields, {
    epochs: 60,
    lr: 5e-3,
    width: 64,
    seed: 0,
  });
  const [linear, network] = fits;
  expect(actual.length).toBe(102);
  // What scikit-learn's textbooks give for a linear model is about 0.7; always saying the mean gives 0.
  expect(linear.r2).toBeGreaterThan(0.6);
  expect(network.r2).toBeGreaterThan(linear.r2 + 0.05);
  expect(curve.at(-1)?.training).toBeLessThan(0.2 * (curve[0]?.training as number));
});

test('R2 is 1 for perfect predictions, 0 for the mean, and below 0 for worse', async () => {
  const actual = tensor([[1], [2], [3]]);
  expect(await r2(actual, actual)).toBe(1);
  expect(await r2(tensor([[2], [2], [2]]), actual)).toBe(0);
  expect(await r2(tensor([[3], [2], [1]]), actual)).toBe(-3);
});

test('the program prints both, and draws them', async () => {
  const { code, stdout } = await run(folder, ['--epochs', '3', '--plot', 'houses.svg']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^linear least squares +R2 0\.\d{3}\nneural network +R2 -?\d\.\d{3}\nafter .+ s\nplot houses\.svg\n$/,
  );
  const svg = await readFile(join(folder, 'houses.svg'), 'utf8');
  expect(svg).toMatch(/^<svg [\s\S]+<\/svg>$/);
  for (const text of ['actual', 'predicted', 'epoch', 'validation', 'neural network, R²']) expect(svg).toContain(text);
  // A point for every tract of the validation split and either model.
  expect(svg.match(/aria-roledescription="point"/g)?.length).toBe(2 * 102);
});
