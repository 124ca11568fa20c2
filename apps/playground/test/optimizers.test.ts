import { use } from '@gradus/backend';
import { cpu } from '@gradus/backend-cpu';
import '@gradus/autograd';
import { describe, expect, test } from 'vitest';
import { contestantNames, defaultRates } from '../src/optimizers/contestants.ts';
import { race, sample } from '../src/optimizers/race.ts';
import { type SurfaceName, surfaces } from '../src/optimizers/surfaces.ts';
import { describeSite } from './site.ts';
import { setSlider } from './use-page.ts';

await use(cpu());

describe.each(Object.keys(surfaces) as SurfaceName[])('the surface %s', (name) => {
  const surface = surfaces[name];

  test('is lowest at its minima', () => {
    const grid = sample(name, 200, 200);
    const lowest = Math.min(...grid);
    for (const minimum of surface.minima) {
      // No step away from a minimum: the gradient vanishes there, and no place of the grid is lower.
      const { x, y, loss } = race({ surface: name, start: minimum, rates: defaultRates(surface), steps: 1 })
        .trajectories.sgd;
      expect(Math.hypot((x[1] as number) - minimum[0], (y[1] as number) - minimum[1])).toBeLessThan(1e-5);
      expect(loss[0]).toBeLessThanOrEqual(lowest + 1e-6);
    }
  });

  test('is descended by every optimizer at its default rate', () => {
    const { start } = surface;
    const { trajectories } = race({ surface: name, start, rates: defaultRates(surface), steps: 300 });
    for (const contestant of contestantNames) {
      const { loss } = trajectories[contestant];
      expect(loss).toHaveLength(301);
      expect(loss[300]).toBeLessThan(loss[0] as number);
    }
  });
});

test('a rate that is too high ends the way, in numbers', () => {
  const rates = { ...defaultRates(surfaces.rosenbrock), sgd: 1 };
  const { sgd } = race({ surface: 'rosenbrock', start: [-1.5, 2.5], rates, steps: 100 }).trajectories;
  expect(sgd.x.length).toBeLessThan(101);
  expect([...sgd.x, ...sgd.y, ...sgd.loss].every(Number.isFinite)).toBe(true);
});

test('what has not changed is not computed again', () => {
  const options = { surface: 'saddle', start: [-1, 0.1], rates: defaultRates(surfaces.saddle), steps: 20 } as const;
  const first = race(options);
  const second = race({ ...options, start: [-1, 0.1], rates: { ...options.rates, adam: 0.01 } }, first);
  expect(second.trajectories.lion).toBe(first.trajectories.lion);
  expect(second.trajectories.adam.x[20]).not.toBe(first.trajectories.adam.x[20]);
  const third = race({ ...options, start: [-1, 0.2] }, second);
  expect(third.trajectories.lion.y[0]).toBe(0.2);
});

describeSite('optimizers', (site) => {
  test('their ways are drawn, and grow with the steps', () =>
    site.visit(
      '#/optimizers',
      async (page) => {
        const corners = async (): Promise<number> => {
          const points = await page.locator('[data-way="adam"] polyline').last().getAttribute('points');
          return points?.split(' ').length ?? 0;
        };
        await page.locator('[data-way="adam"]').waitFor();
        expect(await page.locator('.contour').count()).toBe(16);
        expect(await corners()).toBe(301);
        await setSlider(page, 'Step', 20);
        await expect.poll(corners).toBe(21);
        await page.getByRole('checkbox', { name: /AdamW/ }).check();
        await page.locator('[data-way="adamw"]').waitFor();
      },
      { reducedMotion: 'reduce' },
    ));

  test('a learning rate changes the way, and can be too high', () =>
    site.visit(
      '#/optimizers',
      async (page) => {
        const loss = page.locator('[data-loss="sgd"]');
        const before = await loss.textContent();
        const rate = page.getByRole('slider', { name: 'Learning rate of SGD' });
        await rate.press('ArrowLeft');
        await expect.poll(() => loss.textContent()).not.toBe(before);
        await rate.press('End');
        await page.getByText('diverged').waitFor();
        await page.getByRole('combobox', { name: 'Surface' }).selectOption('saddle');
        await expect.poll(() => page.getByText('diverged').count()).toBe(0);
      },
      { reducedMotion: 'reduce' },
    ));

  test('they move by themselves where motion is welcome', () =>
    site.visit('#/optimizers', async (page) => {
      const step = page.getByRole('slider', { name: 'Step', exact: true });
      await expect.poll(async () => Number(await step.inputValue())).toBeGreaterThan(10);
      await page.getByRole('button', { name: 'Pause' }).click();
      expect(Number(await step.inputValue())).toBeLessThan(300);
    }));
});
