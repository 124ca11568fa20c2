// Builds small training pages from the packed packages with Vite, esbuild and webpack, serves one more as plain modules with
// an import map, as a CDN does, and opens each in headless Chromium: with nothing forbidden, and cross-origin isolated under
// a content security policy that allows no code but the site's own and WebAssembly's. Prints one line per check.
// Needs a build (`pnpm build`), npm and Chromium.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { bundles } from './browser/bundles.mjs';
import { serve } from './browser/serve.mjs';
import { chromiumArguments, findChromium } from './chromium.ts';
import { install, packAll, report, root } from './packed.mjs';

/** Opens a page, and gives what it says on the console that it did. */
async function open(browser, url) {
  const page = await browser.newPage();
  try {
    const told = page.waitForEvent('console', { predicate: (message) => message.text().startsWith('{') });
    const failed = new Promise((_, reject) => page.once('pageerror', reject));
    const [message] = await Promise.all([Promise.race([told, failed]), page.goto(url)]);
    return JSON.parse(message.text());
  } finally {
    await page.close();
  }
}

/** Throws where a page did not train as it should; gives the losses as text. */
function judge({ error, trainings, allowsEval, isolated }, strict) {
  if (error) throw new Error(error);
  if (trainings[0].backend !== 'wasm') throw new Error(`it ran on ${trainings[0].backend}`);
  if (allowsEval === strict || isolated === !strict) throw new Error('the page has other rights than it should');
  const losses = trainings.map(({ backend, first, last }) => {
    if (!(last < first / 4)) throw new Error(`on ${backend}, the loss went from ${first} to ${last}`);
    return `${backend} ${first.toFixed(3)} to ${last.toFixed(3)}`;
  });
  return losses.join(', ');
}

/** Reports what `attempt` gives, or why it failed. */
async function check(title, attempt) {
  try {
    report(`${title}: ${await attempt()}`, { ok: true });
  } catch (error) {
    report(title, { ok: false, output: String(error) });
  }
}

async function checkAll(workplace) {
  const folder = join(workplace, 'site');
  report('install gradus', install(folder, { packages: ['gradus'] }, packAll(workplace)));
  cpSync(join(root, 'scripts', 'consumers', 'page'), folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArguments });
  const server = await serve(folder);
  try {
    for (const [title, build] of Object.entries(bundles)) {
      const built = build(folder);
      const train = async (strict) => judge(await open(browser, server.url(await built, strict)), strict);
      await check(title, () => train(false));
      await check(`${title}, strict and isolated`, () => train(true));
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

if (findChromium() === undefined) {
  console.log('LEFT OUT: the pages in a browser. Install Chromium, or let the variable CHROMIUM name one.');
} else {
  const workplace = mkdtempSync(join(tmpdir(), 'gradus-browser-'));
  try {
    await checkAll(workplace);
  } finally {
    rmSync(workplace, { recursive: true });
  }
}
