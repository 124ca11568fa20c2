import type { Backend } from '@gradus/backend';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { conformanceCases, missingDTypes, runCase } from './cases.ts';

export interface TestBackendOptions {
  /** Cases that a backend can't pass, each with the reason, which the report shows. */
  readonly skip?: readonly { readonly name: RegExp; readonly reason: string }[];
  /** Milliseconds per case; default 60,000. */
  readonly timeout?: number;
}

/**
 * Declares one vitest test per conformance case, all on one backend:
 *
 * ```ts
 * import { testBackend } from '@gradus/backend-conformance'
 * import { mine } from './mine.ts'
 * testBackend('mine', () => mine())
 * ```
 */
export function testBackend(
  name: string,
  make: () => Backend | Promise<Backend>,
  { skip = [], timeout = 60_000 }: TestBackendOptions = {},
): void {
  describe(`conformance of ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await make();
      await backend.initialize?.();
    });
    afterAll(() => backend.dispose());
    for (const conformanceCase of conformanceCases) {
      test(conformanceCase.name, { timeout }, async (context) => {
        const excuse = skip.find((entry) => entry.name.test(conformanceCase.name));
        const missing = missingDTypes(conformanceCase, backend);
        if (excuse !== undefined) context.skip(excuse.reason);
        if (missing.length > 0) context.skip(`${name} has no ${missing.join(', ')}`);
        await runCase(conformanceCase, backend);
      });
    }
  });
}
