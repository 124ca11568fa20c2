import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { taskTimes } from './main-thread.ts';
import { describeSite } from './site.ts';
import { fact, setSlider } from './use-page.ts';

/** Presses Train and waits for a status. */
async function train(page: Page, until: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Train' }).click();
  await page.getByText(until).waitFor({ timeout: 90_000 });
}

const setEpochs = (page: Page, count: number): Promise<void> => setSlider(page, 'Epochs', count);

/** Draws a vertical stroke in the middle of the paper. */
async function drawOne(page: Page): Promise<void> {
  const paper = await page.getByRole('img', { name: /Paper/ }).boundingBox();
  const { x, y, width, height } = paper!;
  await page.mouse.move(x + 0.52 * width, y + 0.2 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.5 * width, y + 0.8 * height, { steps: 12 });
  await page.mouse.up();
}

describeSite('digits', (site) => {
  test('one epoch of the convolutional network reads nine in ten test images, and a stroke as 1', () =>
    site.visit('#/digits', async (page) => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await setEpochs(page, 1);
      await train(page, /^Done\./);
      expect(await fact(page, 'steps')).toBe('188');
      expect(Number.parseFloat(await fact(page, 'test-accuracy'))).toBeGreaterThan(90);
      await drawOne(page);
      await page.locator('[data-fact="digit"]', { hasText: '1' }).waitFor();
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText('Draw, and the network reads along.').waitFor();
    }));

  test('the page stays free while the worker trains', () =>
    site.visit('#/digits', async (page) => {
      await setEpochs(page, 1);
      const times = await taskTimes(page, () => train(page, /^Done\./));
      // It was at work: it drew while steps were made.
      expect(times.length).toBeGreaterThan(100);
      console.log(`${times.length} tasks on the main thread, the longest of ${Math.max(...times)} ms`);
      expect(times.filter((time) => time > 50)).toEqual([]);
    }));

  test('the page counts how often it froze while it trained', () =>
    site.visit('#/digits', async (page) => {
      await setEpochs(page, 10);
      await train(page, /^Epoch 1/);
      const before = Number(await fact(page, 'long-tasks'));
      // In a task of the page's own: what a debugger asks to be evaluated isn't always told of.
      await page.evaluate(async () => {
        await new Promise((resolve) => setTimeout(resolve));
        const end = performance.now() + 200;
        while (performance.now() < end);
      });
      await expect.poll(async () => Number(await fact(page, 'long-tasks'))).toBeGreaterThan(before);
    }));

  test('pause halts it, stop ends it, reset forgets it', () =>
    site.visit('#/digits', async (page) => {
      await page.getByLabel('Model').selectOption('mlp');
      await setEpochs(page, 10);
      await train(page, /^Epoch 1/);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText(/^Paused/).waitFor();
      await page.waitForTimeout(300);
      const steps = await fact(page, 'steps');
      // A paused model answers, too.
      await page.getByRole('button', { name: 'Take a test digit' }).click();
      await page.locator('[data-fact="digit"]').waitFor();
      expect(await fact(page, 'steps')).toBe(steps);
      await page.getByRole('button', { name: 'Resume' }).click();
      await expect.poll(() => fact(page, 'steps')).not.toBe(steps);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText(/^Stopped/).waitFor();
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.getByText(/^Ready/).waitFor();
      expect(await fact(page, 'steps')).toBe('0');
    }));

  test('what goes wrong in the worker is said in the page', () =>
    site.visit('#/digits', async (page) => {
      await page.context().route('**/train-images.bin', (route) => route.fulfill({ body: 'no digits' }));
      await train(page, /^It failed: ./);
      await page.getByRole('button', { name: 'Reset' }).click();
      await page.getByText(/^Ready/).waitFor();
    }));

  test.each([
    ['cpu', 'mlp'],
    ['wasm', 'transformer'],
    ['webgpu', 'mlp'],
  ])('%s trains the model %s', (backend, model) =>
    site.visit('#/digits', async (page) => {
      await page.getByLabel('Model').selectOption(model);
      await page.getByLabel('Backend').selectOption(backend);
      await train(page, /^Epoch 1/);
      await expect.poll(async () => Number(await fact(page, 'steps'))).toBeGreaterThan(5);
    }),
  );
});
