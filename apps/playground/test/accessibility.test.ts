import axe from 'axe-core';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { describeSite } from './site.ts';

/** What axe finds wrong, with the elements. The page's policy refuses added scripts, but not those of the debugger. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
}

const pages = ['#/digits', '#/boundary', '#/optimizers'];

describeSite('accessibility', (site) => {
  test.each(pages.flatMap((hash) => [[hash, 'light'] as const, [hash, 'dark'] as const]))('%s, %s', (hash, theme) =>
    site.visit(
      hash,
      async (page) => {
        if (hash === '#/optimizers') await page.locator('.landscape').waitFor();
        expect(await violations(page)).toEqual([]);
        if (hash === '#/optimizers') return;
        await page.getByRole('button', { name: 'Train' }).click();
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByText(/^Paused/).waitFor();
        expect(await violations(page)).toEqual([]);
      },
      { colorScheme: theme, reducedMotion: 'reduce' },
    ),
  );

  test.each(pages)('%s fits a phone', (hash) =>
    site.visit(
      hash,
      async (page) => {
        if (hash === '#/optimizers') await page.locator('.landscape').waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
        expect(await violations(page)).toEqual([]);
      },
      { viewport: { width: 375, height: 812 }, hasTouch: true, reducedMotion: 'reduce' },
    ),
  );

  test('the switch turns the theme, which lasts', () =>
    site.visit(
      '#/digits',
      async (page) => {
        const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        const toggle = page.getByRole('button', { name: 'Dark' });
        await toggle.click();
        expect(await toggle.getAttribute('aria-pressed')).toBe('true');
        const dark = await background();
        expect(dark).not.toBe(light);
        await page.reload();
        await expect.poll(background).toBe(dark);
      },
      { colorScheme: 'light' },
    ));

  test('the keyboard goes from the top to the training, and the focus follows the page', () =>
    site.visit('#/digits', async (page) => {
      const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Skip to content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
      await page.getByRole('link', { name: 'Optimizers' }).press('Enter');
      await page.getByRole('heading', { name: /Optimizers/ }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
    }));
});
