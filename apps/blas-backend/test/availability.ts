import { loadOpenBlas } from '../src/open-blas.ts';

/** Why there is nothing to test here, or null where OpenBLAS is installed. */
export const missing: string | null = whyMissing();

function whyMissing(): string | null {
  try {
    loadOpenBlas();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
