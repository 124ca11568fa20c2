import type { DefaultTheme, UserConfig } from 'vitepress';

type Plugin = NonNullable<NonNullable<UserConfig<DefaultTheme.Config>['vite']>['plugins']>[number];

/**
 * Pages become Vue components, and lie outside of this app, where no `vue` is to be found. In the browser's bundle VitePress sees to that
 * itself; when pages are rendered, `vue` is imported by the rendered code, which lies in this app.
 */
export function vueForPages(): Plugin {
  return {
    name: 'vue-for-pages',
    enforce: 'pre',
    resolveId: (id, _, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : null),
  };
}
