import { defaultClientConditions, defaultServerConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';

// Packages resolve to each other's sources: tests need no build.
export default defineConfig({
  resolve: { conditions: ['@gradus/source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['@gradus/source', ...defaultServerConditions] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.browser.test.ts'],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    execArgv: ['--expose-gc'],
    testTimeout: 30_000,
  },
});
