import { existsSync, readFileSync } from 'node:fs';
import type { MarkdownRenderer } from 'vitepress';
import { root } from '../packages.ts';

/** Where the reference explains each exported name; written by `src/api/main.ts`, so absent before the first build. */
export const apiIndex: string = `${root}apps/docs/build/public/api/names.json`;

/** What is meant as a name for sure: `Linear`, `crossEntropy`, `grad(...)`; a plain word such as `tensor` may be something else. */
const certain = /[A-Z]|\(.*\)$/;

/** Makes an exported name in `code` a link to the reference, at its first use on a page. */
export function apiLinks(md: MarkdownRenderer): void {
  const pages: Record<string, string> = existsSync(apiIndex) ? JSON.parse(readFileSync(apiIndex, 'utf8')) : {};
  md.core.ruler.push('api-links', ({ tokens, Token }) => {
    const seen = new Set<string>();
    for (const block of tokens) {
      let inLink = false;
      block.children = (block.children ?? []).flatMap((token) => {
        if (token.type === 'link_open' || token.type === 'link_close') inLink = token.type === 'link_open';
        const name = token.content.replace(/\(.*\)$/, '');
        const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
        const known = token.type === 'code_inline' && certain.test(token.content) && page !== undefined;
        if (!known || inLink || seen.has(name)) return [token];
        seen.add(name);
        const open = new Token('link_open', 'a', 1);
        open.attrs = [
          ['href', `/api/${page}`],
          ['target', '_self'], // a page outside of the site's router
        ];
        return [open, token, new Token('link_close', 'a', -1)];
      });
    }
  });
}
