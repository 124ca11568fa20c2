import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { describe, expect, test } from 'vitest';
import { drawings } from '../src/graphs/drawings.ts';
import { root } from '../src/packages.ts';
import { siteLink } from '../src/site/links.ts';
import { markdownFiles, pageOf } from '../src/site/pages.ts';
import { contents, sidebar } from '../src/site/sidebar.ts';

const textOf = (file: string) => readFileSync(root + file, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');

/** Links and pictures, with what they show in brackets before them. */
const linksIn = (file: string) => [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, href = '']) => href);

/** The anchors of a page's headings, as GitHub and the site make them. */
function anchorsOf(file: string): readonly string[] {
  const slugger = new GithubSlugger();
  const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) => slugger.slug(heading.replaceAll(/[`*]/g, '')));
}

describe('the links of a file lead to something:', () => {
  test.each(markdownFiles())('%s', (file) => {
    const dead = linksIn(file).filter((href) => {
      if (/^([a-z]+:|\/)/.test(href)) return false;
      const [path = '', anchor] = href.split('#');
      const target = path === '' ? file : posix.join(posix.dirname(file), path);
      if (!existsSync(root + target)) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(dead).toEqual([]);
  });
});

test('every page of docs stands in its table of contents', () => {
  const listed = linksIn(contents).map((href) => posix.join(posix.dirname(contents), href));
  const pages = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(pages.filter((name) => !listed.includes(`docs/${name}`))).toEqual([]);
});

test('the sidebar has every page, once', () => {
  const links = sidebar().flatMap(({ items = [] }) => items.map(({ link }) => link));
  const pages = markdownFiles().flatMap((file) => pageOf(file) ?? []);
  expect(links.sort()).toEqual(
    pages
      .filter((page) => page !== 'index.md')
      .map((page) => `/${page}`)
      .sort(),
  );
});

test('links between files become links between pages, others lead to the repository', () => {
  expect(siteLink('docs/memory.md', 'autograd.md#hooks')).toBe('/autograd.md#hooks');
  expect(siteLink('docs/memory.md', '../packages/nn/README.md')).toBe('/packages/nn.md');
  expect(siteLink('packages/nn/README.md', '../losses')).toBe('/packages/losses.md');
  expect(siteLink('docs/memory.md', '#top')).toBe('#top');
  expect(siteLink('docs/memory.md', '../scripts/soak.mjs')).toMatch(/^https:.*\/blob\/main\/scripts\/soak.mjs$/);
  expect(() => siteLink('docs/memory.md', 'nothing.md')).toThrow('nothing.md leads nowhere');
});

test.each(Object.entries(drawings()))('docs/images/%s.svg is what the graph of its program looks like', (name, svg) => {
  expect(readFileSync(`${root}docs/images/${name}.svg`, 'utf8')).toBe(svg);
});
