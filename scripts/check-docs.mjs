// Looks at the built site of the documentation: every link and anchor leads to something, and in headless Chromium every page
// opens without an error, asks no other host for anything, and fits a phone as well as a desktop. Prints one line per check; pictures
// of all pages lie in apps/docs/build/pictures afterwards. Needs a build (`pnpm docs:build`), and Chromium for the second part.
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { chromium } from 'playwright';
import { preview } from 'vite';
import { chromiumArguments, findChromium } from './chromium.ts';
import { report, root } from './packed.mjs';

const site = join(root, 'apps', 'docs', 'build', 'site');
const pictures = join(root, 'apps', 'docs', 'build', 'pictures');
const pages = globSync('**/*.html', { cwd: site, exclude: ['api/**', '404.html'] }).sort();
const screens = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

const list = (found) => ({ ok: found.length === 0, output: found.join('\n') });

/** The places of a page that links can name, read once per page. */
const places = new Map();
function placesOf(file) {
  if (!places.has(file)) {
    let html;
    try {
      html = readFileSync(join(site, file), 'utf8');
    } catch {
      // Not there: the links to it are dead.
    }
    places.set(file, html === undefined ? null : new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
  }
  return places.get(file);
}

/** Links within the site that lead nowhere. */
function deadLinks(page) {
  const html = readFileSync(join(site, page), 'utf8');
  const links = [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href]) => href);
  return links.filter((href) => {
    if (/^[a-z]+:/.test(href)) return false;
    const { pathname, hash } = new URL(href, `http://site/${page}`);
    const file = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    const ids = placesOf(decodeURI(posix.extname(file) === '' ? `${file}.html` : file));
    return ids === null || (hash !== '' && !ids.has(decodeURIComponent(hash.slice(1))));
  });
}

/** Opens a page; what is wrong with it. */
async function look(browser, url, page, [screen, viewport]) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const tab = await context.newPage();
  const wrong = [];
  tab.on('pageerror', (error) => wrong.push(`${page}: ${error}`));
  tab.on('console', (message) => message.type() === 'error' && wrong.push(`${page}: ${message.text()}`));
  tab.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      wrong.push(`${page}: asks ${request.url()}`);
  });
  await tab.goto(`${url}${page}`, { waitUntil: 'load' });
  const excess = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (excess > 0) wrong.push(`${page}: ${excess} pixels wider than the screen`);
  const height = await tab.evaluate(() => Math.min(document.documentElement.scrollHeight, 3000));
  const path = join(pictures, screen, `${page.replaceAll('/', '-')}.png`);
  await tab.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: viewport.width, height } });
  await context.close();
  return wrong;
}

/** The search finds what stands in the text; the switch makes the page dark, with the pictures in it. */
async function use(browser, url) {
  const tab = await browser.newPage({ viewport: screens.desktop, colorScheme: 'light' });
  await tab.goto(`${url}autodiff.html`, { waitUntil: 'networkidle' });
  const ink = () => tab.evaluate(() => getComputedStyle(document.querySelector('.graph text')).fill);
  const light = await ink();
  await tab.locator('.VPNavBarAppearance .VPSwitchAppearance').click();
  const changes = light !== (await ink());
  await tab.screenshot({ path: join(pictures, 'dark.png') });
  await tab.keyboard.press('Control+k');
  await tab.locator('.search-input').fill('exploding gradients');
  await tab.locator('.VPLocalSearchBox .result').first().waitFor();
  await tab.screenshot({ path: join(pictures, 'search.png') });
  await tab.close();
  return changes ? [] : ['the graphs keep their colours in the dark'];
}

async function lookAtAll() {
  const outDir = site;
  const server = await preview({ root, configFile: false, appType: 'mpa', build: { outDir }, preview: { port: 0 } });
  const url = server.resolvedUrls.local[0];
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArguments });
  try {
    for (const screen of Object.entries(screens)) {
      mkdirSync(join(pictures, screen[0]), { recursive: true });
      const wrong = [];
      for (const page of [...pages, 'api/index.html']) wrong.push(...(await look(browser, url, page, screen)));
      report(`${pages.length} pages on a ${screen[0]}`, list(wrong));
    }
    report('search, and the dark', list(await use(browser, url)));
  } finally {
    await browser.close();
    await server.close();
  }
}

report(
  `links of ${pages.length} pages`,
  list(pages.flatMap((page) => deadLinks(page).map((href) => `${page}: ${href}`))),
);
if (findChromium() === undefined) {
  console.log('LEFT OUT: the pages in a browser. Install Chromium, or let the variable CHROMIUM name one.');
} else {
  await lookAtAll();
}
