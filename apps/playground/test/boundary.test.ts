import { expect, test } from 'vitest';
import { describeSite } from './site.ts';
import { fact } from './use-page.ts';

describeSite('decision boundary', (site) => {
  test('the loss falls, and the boundary moves', () =>
    site.visit('#/boundary', async (page) => {
      const picture = (): Promise<string> =>
        page
          .locator('canvas')
          .first()
          .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
      const points = await picture();
      await page.getByRole('button', { name: 'Train' }).click();
      await expect.poll(async () => Number(await fact(page, 'steps'))).toBeGreaterThan(0);
      const early = await picture();
      expect(early).not.toBe(points);
      await page.getByText(/^Done/).waitFor();
      expect(await picture()).not.toBe(early);
      // At first both classes are as good as equally likely: ln 2.
      expect(Number(await fact(page, 'loss'))).toBeLessThan(0.1);
    }));

  test('points come by the pointer and by the keyboard, and training takes them in', () =>
    site.visit('#/boundary', async (page) => {
      const plane = page.getByRole('button', { name: /Plane of points/ });
      await page.getByRole('button', { name: 'Train' }).click();
      await page.getByText(/^Training/).waitFor();
      expect(await fact(page, 'points')).toBe('200');
      await plane.click({ position: { x: 20, y: 20 } });
      await expect.poll(() => fact(page, 'points')).toBe('201');
      await page.getByRole('radio', { name: 'Round' }).focus();
      await page.keyboard.press('Shift+Tab');
      for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
      await page.getByText('Cross at 0.25, 0.00.').waitFor();
      await page.keyboard.press('Enter');
      await expect.poll(() => fact(page, 'points')).toBe('202');
      await page.getByText(/^Done/).waitFor();
    }));

  test('it trains without isolation, too', () =>
    site.visit(
      '#/boundary',
      async (page) => {
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
        await page.getByLabel('Data set').selectOption('circles');
        await page.getByRole('button', { name: 'Train' }).click();
        await page.getByText(/^Done/).waitFor();
        expect(Number(await fact(page, 'loss'))).toBeLessThan(0.1);
      },
      { isolated: false },
    ));
});
