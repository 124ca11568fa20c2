import { readFileSync } from 'node:fs';
import { root } from '../packages.ts';

/** A block of TypeScript on a page. */
export interface Example {
  /** The page, from the root of the repository. */
  readonly file: string;
  /** The line where the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /**
   * What is said behind the language: nothing for a program of its own, 'gpu' for one that needs a GPU, 'excerpt' for a part of one, 'from=FILE' for a quotation,
   * 'setup' for what the tables of its page begin with.
   */
  readonly mark: string;
}

/** Every block of TypeScript of a page. */
export function examplesIn(file: string): readonly Example[] {
  const text = readFileSync(root + file, 'utf8');
  return [...text.matchAll(/^```ts *(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, mark = '', code = ''] = match;
    return { file, line: text.slice(0, match.index).split('\n').length + 1, code, mark };
  });
}

/**
 * What a program says that it prints: a comment behind `console.log`, where lines of a loop are told apart by `//`, or comment lines right
 * below it, or below the block that it stands in.
 */
export function promisedBy(code: string): string {
  const comments = code.matchAll(/console\.log\(.*\)(?: \/\/ (.+)|\n(?: *\}\n)*((?: *\/\/ .*\n)+))/g);
  return [...comments]
    .map(([, behind, below = '']) => behind?.replaceAll(' // ', '\n') ?? below.replace(/^ *\/\/ /gm, ''))
    .join('\n');
}

/** How Node breaks and spaces what it prints is of no matter. */
export const compact = (text: string): string => text.replaceAll(/\s/g, '');

/** Formatting aside: an example has no semicolons, sources have. */
export const unformatted = (code: string): string => code.replaceAll(/[\s;]|,(?=\s*[)\]}])/g, '');
