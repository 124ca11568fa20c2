import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifest } from './manifest.ts';
import type { Language, Template } from './options.ts';
import { packageName } from './target.ts';

export interface Project {
  readonly folder: string;
  readonly template: Template;
  readonly language: Language;
}

/** Beside the sources, and beside what is built of them. */
const home = fileURLToPath(new URL('..', import.meta.url));

/** This package's version, which is that of all Gradus packages. */
function version(): string {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version;
}

/** Writes a project into a folder that is empty, or not there yet. */
export function scaffold({ folder, template, language }: Project): void {
  for (const part of ['common', template]) cpSync(join(home, 'templates', part), folder, { recursive: true });
  // npm leaves out files of this name when a package is packed.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
  if (language === 'js') toJavaScript(folder, template);
  const content = manifest(packageName(folder) ?? 'gradus-app', template, language, version());
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** The files that name one another by their endings. */
const sources: Readonly<Record<Template, readonly string[]>> = {
  node: ['src/main.ts', 'src/spirals.ts'],
  vite: ['src/main.ts', 'src/spirals.ts', 'src/train.ts', 'vite.config.ts', 'index.html'],
};

/** The sources need no types beyond what TypeScript sees by itself, so they are JavaScript under another name. */
function toJavaScript(folder: string, template: Template): void {
  rmSync(join(folder, 'tsconfig.json'));
  for (const file of [...sources[template], 'README.md']) {
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/\b(main|spirals|train|config)\.ts\b/g, '$1.js'));
    if (file.endsWith('.ts')) renameSync(path, path.replace(/ts$/, 'js'));
  }
}
