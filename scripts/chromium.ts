import { existsSync } from 'node:fs';

/** Where systems put a Chromium, or a Chrome. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser to test in: what the variable CHROMIUM names, or else the first one found; undefined where there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM } = process.env;
  return (CHROMIUM ? [CHROMIUM] : places).find((place) => existsSync(place));
}

/** The same; throws where there is none. */
export function requireChromium(): string {
  const path = findChromium();
  if (path === undefined) throw new Error('There is no Chromium: install one, or let the variable CHROMIUM name it.');
  return path;
}

/** Arguments for a browser that tests start: no sandbox (it refuses root), and nothing that calls home. */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
