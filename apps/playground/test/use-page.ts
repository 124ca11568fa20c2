import type { Page } from 'playwright';

/** A number that the page shows, by its name for programs. */
export async function fact(page: Page, name: string): Promise<string> {
  return (await page.locator(`[data-fact="${name}"]`).textContent()) ?? '';
}

export async function setSlider(page: Page, name: string, value: number): Promise<void> {
  await page.getByRole('slider', { name, exact: true }).fill(String(value));
}
