import { readFileSync } from 'node:fs';
import type { DefaultTheme } from 'vitepress';
import { root } from '../packages.ts';
import { siteLink } from './links.ts';
import { markdownFiles, pageOf } from './pages.ts';

export const contents = 'docs/README.md';

/** The table of contents in docs/README.md, then all packages and all programs by their READMEs. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const folded = { collapsed: true };
  return [
    ...chapters(),
    { text: 'Packages', ...folded, items: readmesIn('packages/') },
    { text: 'Programs', ...folded, items: readmesIn('apps/') },
  ];
}

/** A group per heading of the table of contents, an entry per link that begins a list item. */
function chapters(): DefaultTheme.SidebarItem[] {
  const [, ...sections] = readFileSync(root + contents, 'utf8').split(/^## /m);
  return sections.map((section) => {
    const [text = ''] = section.split('\n');
    const links = [...section.matchAll(/^- \[(.+?)\]\((.+?)\)/gm)];
    const items = links.map(([, title = '', href = '']) => ({ text: title, link: siteLink(contents, href) }));
    return { text, items };
  });
}

function readmesIn(folder: string): DefaultTheme.SidebarItem[] {
  const files = markdownFiles().filter((file) => file.startsWith(folder) && pageOf(file)?.startsWith(folder));
  return files.sort().map((file) => ({ text: titleOf(file), link: `/${pageOf(file)}` }));
}

/** A page's first heading. */
function titleOf(file: string): string {
  return /^# (.+)$/m.exec(readFileSync(root + file, 'utf8'))?.[1] ?? file;
}
