import { readdirSync, readFileSync } from 'node:fs';

export const root: string = new URL('../../..', import.meta.url).pathname;

/** What a program can import: the name in the import, and the file behind it. */
export interface EntryPoint {
  readonly name: string;
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | { '@gradus/source'?: string }>>;
}

/** Every entry point of every published package; the umbrella last, since it only exports again what the others have. */
export function entryPoints(): readonly EntryPoint[] {
  const folders = readdirSync(`${root}packages`).filter((folder) => folder !== 'gradus');
  return [...folders, 'gradus'].flatMap((folder) => {
    const { name, exports = {} }: Manifest = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8'));
    return Object.entries(exports).flatMap(([subpath, target]) => {
      const source = typeof target === 'string' ? undefined : target['@gradus/source'];
      return source === undefined
        ? []
        : [{ name: `${name}${subpath.slice(1)}`, source: `${root}packages/${folder}/${source.slice(2)}` }];
    });
  });
}
