import { globSync } from 'node:fs';
import { root } from '../packages.ts';

/** Where the files of the repository stand on the site; `:name` is any name. A file that no pattern fits is no page. */
const routes: readonly (readonly [file: RegExp, page: string])[] = [
  [/^apps\/docs\/index\.md$/, 'index.md'],
  [/^docs\/(?!README)([\w-]+)\.md$/, '$1.md'],
  [/^packages\/([\w-]+)\/README\.md$/, 'packages/$1.md'],
  [/^apps\/(?!docs\/)([\w-]+)\/README\.md$/, 'apps/$1.md'],
  [/^CONTRIBUTING\.md$/, 'contributing.md'],
];

/** The page of the site that a file of the repository becomes, such as `packages/nn.md`; undefined where it becomes none. */
export function pageOf(file: string): string | undefined {
  const found = routes.find(([pattern]) => pattern.test(file));
  return found && file.replace(...found);
}

/** Every Markdown file of the repository, by its path from the root. */
export function markdownFiles(): readonly string[] {
  const exclude = (name: string) => /^(node_modules|dist|build|runs|templates)$/.test(name) || name.startsWith('.');
  return globSync('**/*.md', { cwd: root, exclude: (path) => exclude(path.split('/').at(-1) ?? '') });
}
