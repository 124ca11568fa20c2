import { build } from 'vite';
import { root } from './site.ts';

/** Builds the site once, for all files of tests. */
export async function setup(): Promise<void> {
  await build({ root, logLevel: 'error' });
}
