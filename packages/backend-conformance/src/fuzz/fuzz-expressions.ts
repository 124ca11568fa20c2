import type { Backend } from '@gradus/backend';
import fc from 'fast-check';
import { checkRecipe } from './check.ts';
import { recipes } from './recipe.ts';

export interface FuzzOptions {
  /** How many random programs are tried; default 200. */
  readonly runs?: number;
  /** Where the random numbers start; default: anywhere. A failure says its seed. */
  readonly seed?: number;
  /** Whether the backend may take numbers below the smallest normal one of float32 for 0, as GPUs do. Default false. */
  readonly flushesSubnormals?: boolean;
}

/**
 * Launches random Map and Reduce programs of all scalar operations and dtypes on a backend, over operands of all layouts, and
 * compares with the interpreter. What differs must be explained by rounding (see `sampled.ts`). Throws with the smallest
 * failing program that it finds, and the seed.
 */
export async function fuzzExpressions(backend: Backend, options: FuzzOptions = {}): Promise<void> {
  const { runs = 200, seed, flushesSubnormals = false } = options;
  await fc.assert(
    fc.asyncProperty(recipes, (recipe) => checkRecipe(backend, recipe, flushesSubnormals)),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
}
