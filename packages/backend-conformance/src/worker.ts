import type { Backend } from '@gradus/backend';
import { conformanceCases, missingDTypes, runCase } from './cases.ts';

/** What a worker answers about a case: nothing where it passed. */
export interface Answer {
  /** dtypes that the backend lacks, so that the case did not run. */
  readonly missing?: readonly string[];
  readonly error?: unknown;
}

/**
 * The other half of `testBackendInWorker`, called in the worker: makes the backend there, and runs the cases that it is
 * asked for by their positions.
 */
export function serveCases(make: () => Backend | Promise<Backend>): void {
  const backend = Promise.resolve(make()).then(async (made) => {
    await made.initialize?.();
    return made;
  });
  addEventListener('message', async ({ data }: MessageEvent<number>) => {
    postMessage(await answer(backend, data));
  });
}

async function answer(backend: Promise<Backend>, position: number): Promise<Answer> {
  const conformanceCase = conformanceCases[position];
  try {
    if (conformanceCase === undefined) throw new RangeError(`there is no case ${position}`);
    const missing = missingDTypes(conformanceCase, await backend);
    if (missing.length > 0) return { missing };
    await runCase(conformanceCase, await backend);
    return {};
  } catch (error) {
    return { error };
  }
}
