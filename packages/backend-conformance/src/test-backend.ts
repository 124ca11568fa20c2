import type { Backend } from '@gradus/backend';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { ConformanceCase } from './case.ts';
import { conformanceCases, missingDTypes, runCase } from './cases.ts';
import type { Answer } from './worker.ts';

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
  options: TestBackendOptions = {},
): void {
  describe(`conformance of ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await make();
      await backend.initialize?.();
    });
    afterAll(() => backend.dispose());
    declareTests(name, options, async (conformanceCase) => {
      const missing = missingDTypes(conformanceCase, backend);
      if (missing.length === 0) await runCase(conformanceCase, backend);
      return missing;
    });
  });
}

/**
 * `testBackend` in a browser, with the backend in a worker, whose module calls `serveCases` of
 * `@gradus/backend-conformance/worker`:
 *
 * ```ts
 * testBackendInWorker('mine', () => new Worker(new URL('./mine.worker.ts', import.meta.url), { type: 'module' }))
 * ```
 */
export function testBackendInWorker(name: string, start: () => Worker, options: TestBackendOptions = {}): void {
  describe(`conformance of ${name}`, () => {
    let worker: Worker;
    beforeAll(() => {
      worker = start();
    });
    afterAll(() => worker.terminate());
    declareTests(name, options, async (conformanceCase) => {
      const { missing = [], error } = await ask(worker, conformanceCases.indexOf(conformanceCase));
      if (error !== undefined) throw error;
      return missing;
    });
  });
}

function ask(worker: Worker, position: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
    worker.postMessage(position);
  });
}

/** `run` gives the dtypes that kept a case from running. */
function declareTests(
  name: string,
  { skip = [], timeout = 60_000 }: TestBackendOptions,
  run: (conformanceCase: ConformanceCase) => Promise<readonly string[]>,
): void {
  for (const conformanceCase of conformanceCases) {
    test(conformanceCase.name, { timeout }, async (context) => {
      const excuse = skip.find((entry) => entry.name.test(conformanceCase.name));
      if (excuse !== undefined) context.skip(excuse.reason);
      const missing = await run(conformanceCase);
      if (missing.length > 0) context.skip(`${name} has no ${missing.join(', ')}`);
    });
  }
}
