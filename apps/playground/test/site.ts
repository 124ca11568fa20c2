import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { afterAll, beforeAll, describe } from 'vitest';

/** The folder of the app. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** The built site in headless Chromium, as `vite preview` serves it: isolated, and under its strict policy. */
export interface Site {
  /** Opens a page; when it closes, errors in it, and requests to other hosts, are thrown. */
  visit(hash: string, use: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** False: without the headers of the page that let WebAssembly use threads. */
  readonly isolated?: boolean;
}

/** Tests of the site; skipped where there is no Chromium. */
export function describeSite(name: string, body: (site: Site) => void): void {
  const { CHROMIUM: executablePath = '', CHROMIUM_ARGUMENTS = '' } = process.env;
  describe.skipIf(executablePath === '')(name, () => {
    const site = new RunningSite();
    beforeAll(() => site.start(executablePath, CHROMIUM_ARGUMENTS.split(' ')));
    afterAll(() => site.stop());
    body(site);
  });
}

class RunningSite implements Site {
  #server: Awaited<ReturnType<typeof preview>> | null = null;
  #browser: Awaited<ReturnType<typeof chromium.launch>> | null = null;

  async start(executablePath: string, args: string[]): Promise<void> {
    this.#server = await preview({ root, logLevel: 'error', preview: { port: 0 } });
    this.#browser = await chromium.launch({ executablePath, args });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.close();
  }

  async visit(hash: string, use: (page: Page) => Promise<void>, options: VisitOptions = {}): Promise<void> {
    const { isolated = true, ...contextOptions } = options;
    const url = this.#server?.resolvedUrls?.local[0] as string;
    const context = await this.#browser!.newContext({ viewport: { width: 1280, height: 900 }, ...contextOptions });
    const page = await context.newPage();
    if (!isolated) await page.route(url, withoutIsolation);
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('request', (request) => request.url().startsWith(url) || wrong.push(`asks ${request.url()}`));
    try {
      await page.goto(`${url}${hash}`);
      await use(page);
    } finally {
      await context.close();
    }
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }
}

async function withoutIsolation(route: Parameters<Parameters<Page['route']>[1]>[0]): Promise<void> {
  const response = await route.fetch();
  const headers = Object.entries(response.headers()).filter(([name]) => !/^cross-origin-/.test(name));
  await route.fulfill({ response, headers: Object.fromEntries(headers) });
}
