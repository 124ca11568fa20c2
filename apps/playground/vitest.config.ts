import { defineProject, mergeConfig } from 'vitest/config';
import { chromiumArguments, findChromium } from '../../scripts/chromium.ts';
import base from '../../vitest.base.ts';

// Where there is no graphics card, a simulated one.
const args = [...chromiumArguments, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

// Without a Chromium, what needs one is skipped, and `npm test` says so.
export default mergeConfig(
  base,
  defineProject({
    test: {
      name: 'playground',
      globalSetup: 'test/build-site.ts',
      env: { CHROMIUM: findChromium() ?? '', CHROMIUM_ARGUMENTS: args.join(' ') },
      hookTimeout: 120_000,
      testTimeout: 120_000,
      expect: { poll: { timeout: 30_000 } },
    },
  }),
);
