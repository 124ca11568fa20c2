import { describe, expect, test } from 'vitest';
import { descendBowl, descents } from '../src/advice/bowl.ts';
import { firstGradient, recipes } from '../src/advice/depth.ts';
import { smallGradient } from '../src/advice/half.ts';
import { descendInNoise } from '../src/advice/noise.ts';
import { trainRecurrence } from '../src/advice/recurrence.ts';

// What docs/optimizers.md and docs/gradients.md say.

test('on an ill-conditioned bowl momentum and adaptive steps are far ahead of plain descent', async () => {
  const plain = await descendBowl(descents['SGD, lr 0.0019']);
  for (const name of ['SGD, lr 0.0019, momentum 0.9', 'RMSprop, lr 0.01', 'Adam, lr 0.1'] as const) {
    expect(await descendBowl(descents[name])).toBeLessThan(plain / 1000);
  }
  // The steepest direction decides how large a step may be.
  expect(await descendBowl(descents['SGD, lr 0.0021'])).toBeGreaterThan(1e9);
});

test('a schedule gets below the noise that a constant learning rate stays at', async () => {
  expect(await descendInNoise(true)).toBeLessThan((await descendInNoise(false)) / 5);
});

describe('in a deep net', () => {
  const normOf = (name: string) => firstGradient(recipes[name]!);

  test('gradients vanish where weights are small, and explode where they are large', async () => {
    expect(await normOf('tanh, weights N(0, 0.05^2)')).toBeLessThan(1e-10);
    expect(await normOf('relu, weights N(0, 0.4^2)')).toBeGreaterThan(1e4);
  });

  test.each([
    'tanh, Xavier',
    'relu, Kaiming',
    'tanh, weights N(0, 0.05^2), layer norm',
    'tanh, weights N(0, 0.05^2), residual',
  ])('they arrive with %s', async (name) => {
    const norm = await normOf(name);
    expect(norm).toBeGreaterThan(0.1);
    expect(norm).toBeLessThan(1000);
  });
});

test('clipping lets a recurrence learn whose gradients explode', async () => {
  expect((await trainRecurrence(null)).at(-1)).toBeNaN();
  const clipped = await trainRecurrence(1);
  expect(clipped[0]).toBeGreaterThan(1000);
  expect(clipped.at(-1)).toBeLessThan(0.01);
});

test('a small gradient passes through float16 only when it is scaled', async () => {
  expect(await smallGradient(false)).toBe(0);
  expect(await smallGradient(true)).toBeCloseTo(1e-8, 10);
});
