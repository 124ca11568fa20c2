import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions } from 'vite';
import { defineProject, type UserWorkspaceConfig } from 'vitest/config';
import { chromiumArguments, requireChromium } from './scripts/chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What `browserProject` was asked for: a test can see whether the page has it. */
    isolated: boolean;
  }
}

export interface BrowserProject {
  /** What the report calls it. */
  readonly name: string;
  /** Test files, as patterns below the package. */
  readonly include: readonly string[];
  /** Whether pages are cross-origin isolated, which is what SharedArrayBuffer, hence threads, needs. */
  readonly isolated: boolean;
  /** More arguments for Chromium, such as those for WebGPU without a graphics card. */
  readonly args?: readonly string[];
}

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/**
 * Tests that run in headless Chromium, from sources: what a package's `vitest.<something>.config.ts` exports. The root's
 * configuration leaves these projects out where there is no Chromium.
 */
export function browserProject({ name, include, isolated, args = [] }: BrowserProject): UserWorkspaceConfig {
  const launchOptions = { executablePath: requireChromium(), args: [...chromiumArguments, ...args] };
  return defineProject({
    resolve: { conditions: ['@gradus/source', ...defaultClientConditions] },
    server: { headers: isolated ? isolation : {} },
    test: {
      name,
      include: [...include],
      provide: { isolated },
      testTimeout: 30_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions }),
        instances: [{ browser: 'chromium' }],
      },
    },
  });
}
