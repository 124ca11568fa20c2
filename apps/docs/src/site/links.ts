import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { root } from '../packages.ts';
import { pageOf } from './pages.ts';

/** Where files stand that are no pages: sources, folders. */
const repository = 'https://github.com/gradus/gradus';

/**
 * A link as the site needs it. In the repository a link leads from file to file; on the site to the page of that file, or, where it
 * has none, to the repository.
 *
 * @param from the file with the link, from the root of the repository.
 * @throws Error where the link leads nowhere.
 */
export function siteLink(from: string, href: string): string {
  if (/^([a-z]+:|#|\/)/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = posix.join(posix.dirname(from), path).replace(/\/$/, '');
  if (!existsSync(root + target)) throw new Error(`${from}: the link ${href} leads nowhere`);
  const folder = statSync(root + target).isDirectory();
  const page = pageOf(folder ? `${target}/README.md` : target);
  if (page === undefined) return `${repository}/${folder ? 'tree' : 'blob'}/main/${target}`;
  return anchor === undefined ? `/${page}` : `/${page}#${anchor}`;
}

/** Makes the links of the repository's files lead to the site's pages. */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const from = posix.relative(root, env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', siteLink(from, href));
    }
  });
}
