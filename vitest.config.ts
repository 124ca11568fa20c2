import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/chromium.ts';

const inNode = ['packages/*', 'apps/*'];
const inBrowser = ['packages/*/vitest.*.config.ts'];

export default defineConfig({
  test: { projects: [...inNode, ...(findChromium() === undefined ? [] : inBrowser)] },
});
