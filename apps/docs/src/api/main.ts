// Writes the reference of every exported name, by TypeDoc, into the folder of the site's static files; beside it an index of where each
// name is explained, for the links of the pages.
import { writeFileSync } from 'node:fs';
import {
  Application,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
  RendererEvent,
} from 'typedoc';
import { entryPoints, root } from '../packages.ts';
import { apiIndex } from '../site/api-links.ts';

const app = await Application.bootstrap({
  entryPoints: entryPoints().map(({ source }) => source),
  tsconfig: `${root}apps/docs/src/api/tsconfig.json`,
  basePath: root,
  name: 'Gradus',
  readme: 'none',
  favicon: `${root}apps/docs/src/site/icon.svg`,
  customCss: `${root}apps/docs/src/api/style.css`,
  navigationLinks: { Guide: '/' },
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  hideGenerator: true,
  skipErrorChecking: true, // the type checker of the workspace has seen it all
  validation: { invalidLink: true, notExported: false, notDocumented: false },
  treatWarningsAsErrors: true,
});

/** Modules bear the names by which programs import them. */
function convert(): ProjectReflection {
  const names = new Map(entryPoints().map(({ name, source }) => [source, name]));
  const programs = app.getEntryPoints() ?? [];
  return app.converter.convert(
    programs.map((entry) => ({ ...entry, displayName: names.get(entry.sourceFile.fileName) ?? entry.displayName })),
  );
}

/** The page of every name; a name that several packages export is explained where it comes from, or by the first. */
function pagesOf(
  modules: readonly DeclarationReflection[],
  urlOf: (name: DeclarationReflection) => string,
): Record<string, string> {
  const exported = modules
    .flatMap(({ children = [] }) => children)
    .filter(({ kind }) => kind !== ReflectionKind.Reference);
  return Object.fromEntries(exported.toReversed().map((declaration) => [declaration.name, urlOf(declaration)]));
}

const project = convert();
app.renderer.on(RendererEvent.END, () => {
  const pages = pagesOf(project.children ?? [], (declaration) => app.renderer.router?.getFullUrl(declaration) ?? '');
  writeFileSync(apiIndex, `${JSON.stringify(pages)}\n`);
});
app.validate(project);
await app.generateDocs(project, `${root}apps/docs/build/public/api`);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
