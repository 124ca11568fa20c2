import { readFileSync } from 'node:fs';
import { slug } from 'github-slugger';
import type { DefaultTheme, UserConfig } from 'vitepress';
import { root } from '../src/packages.ts';
import { apiLinks } from '../src/site/api-links.ts';
import { inlinePictures } from '../src/site/inline-pictures.ts';
import { repositoryLinks } from '../src/site/links.ts';
import { markdownFiles, pageOf } from '../src/site/pages.ts';
import { sidebar } from '../src/site/sidebar.ts';
import { vueForPages } from '../src/site/vue-for-pages.ts';

const icon = readFileSync(`${root}apps/docs/src/site/icon.svg`, 'base64');

// The pages are the repository's own files: docs/*.md, the READMEs of packages and apps, CONTRIBUTING.md.
const config: UserConfig<DefaultTheme.Config> = {
  title: 'Gradus',
  description: 'Deep learning for TypeScript, with the semantics of PyTorch',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml;base64,${icon}` }]],
  srcDir: root,
  srcExclude: ['**/build/**', ...markdownFiles().filter((file) => pageOf(file) === undefined)],
  rewrites: (file) => pageOf(file) ?? file,
  outDir: 'build/site',
  cacheDir: 'node_modules/.cache/vitepress',
  vite: {
    publicDir: `${root}apps/docs/build/public`,
    plugins: [vueForPages()],
    build: { chunkSizeWarningLimit: 2000 }, // the index of the search
  },
  markdown: {
    anchor: { slugify: slug }, // anchors are GitHub's, so that links lead to the same places there
    config(md) {
      md.use(repositoryLinks).use(apiLinks).use(inlinePictures);
    },
  },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'From PyTorch', link: '/from-pytorch' },
      { text: 'Reference', link: '/api/index.html', target: '_self' },
    ],
    sidebar: sidebar(),
    search: { provider: 'local' },
    outline: [2, 3],
    footer: { message: 'MIT licensed' },
  },
};
export default config;
