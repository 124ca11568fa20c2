import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu, rand, tensor, use } from '@gradus/gradus';
import { programAt } from 'command-line/testing';
import { decode } from 'fast-png';
import { afterAll, expect, test } from 'vitest';
import { encodeGrid } from '../src/png.ts';

const run = programAt(new URL('../src/main.ts', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'gradus-vae-'));
afterAll(() => rm(folder, { recursive: true }));
await use(cpu());

test('a short training: the ELBO rises above what the mean image gives, and pictures are drawn', async () => {
  const sizes = ['--count', '3000', '--batch-size', '32', '--hidden', '128', '--latent', '8'];
  const { code, stdout } = await run(folder, [...sizes, '--epochs', '3', '--folder', 'pictures']);
  expect(code).toBe(0);
  const elbos = [...stdout.matchAll(/test ELBO (-\d+\.\d+) nats/g)].map(([, elbo]) => Number(elbo));
  expect(elbos.length).toBe(3);
  expect(elbos).toEqual(elbos.toSorted((a, b) => a - b));
  // Coins that know how often each pixel is white, but not the image, give -206 nats; fair ones -543.
  expect(elbos.at(-1)).toBeGreaterThan(-190);
  for (const [name, rows] of [
    ['samples', 10],
    ['reconstructions', 8],
    ['interpolations', 8],
  ] as const) {
    expect(stdout).toContain(`picture ${join('pictures', name)}.png`);
    const png = decode(await readFile(join(folder, 'pictures', `${name}.png`)));
    expect([png.width, png.height]).toEqual([302, 30 * rows + 2]);
    // Something is drawn: black, white and much between.
    expect(new Set(png.data).size).toBeGreaterThan(100);
  }
});

test('a grid has its images in their places', async () => {
  const images = rand([2, 3, 784]).mul(0);
  images.select(0, 1).select(0, 2).add_(tensor(1));
  const png = decode(await encodeGrid(images));
  const brightness = (row: number, column: number): number =>
    png.data[(2 + 30 * row + 14) * png.width + 2 + 30 * column + 14] as number;
  expect([png.width, png.height]).toEqual([92, 62]);
  expect([brightness(0, 0), brightness(0, 2), brightness(1, 1), brightness(1, 2)]).toEqual([0, 0, 0, 255]);
  expect(png.data[0]).toBe(89);
});
