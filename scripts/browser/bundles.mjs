import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';

/** Ways to bring Gradus to a browser: each builds a page in a folder where it is installed, and gives the page's path. */
export const bundles = {
  Vite: (folder) => withVite(folder, 'page'),
  'Vite, in a worker': (folder) => withVite(folder, 'worker-page'),
  esbuild: (folder) => withEsbuild(folder, 'page'),
  webpack: (folder) => withWebpack(folder, 'page'),
  'webpack, in a worker': (folder) => withWebpack(folder, 'worker-page'),
  'plain modules with an import map': plain,
};

/** A page that runs one module, made in a folder of its own. */
function writePage(folder, name, script, head = '') {
  mkdirSync(join(folder, name), { recursive: true });
  const html = `<!doctype html>\n<title>Gradus</title>\n${head}<script type="module" src="${script}"></script>\n`;
  writeFileSync(join(folder, name, 'index.html'), html);
  return `${name}/index.html`;
}

async function withVite(folder, entry) {
  const name = `vite-${entry}`;
  const input = join(folder, writePage(folder, name, `../${entry}.mjs`));
  await vite({
    root: join(folder, name),
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: 'dist', target: 'es2022', rolldownOptions: { input } },
    worker: { format: 'es' },
  });
  return `${name}/dist/index.html`;
}

async function withEsbuild(folder, entry) {
  const name = `esbuild-${entry}`;
  await esbuild({
    entryPoints: [join(folder, `${entry}.mjs`)],
    outfile: join(folder, name, 'page.js'),
    bundle: true,
    minify: true,
    format: 'esm',
  });
  return writePage(folder, name, './page.js');
}

async function withWebpack(folder, entry) {
  const name = `webpack-${entry}`;
  const stats = await promisify(webpack)({
    mode: 'production',
    context: folder,
    entry: `./${entry}.mjs`,
    output: { path: join(folder, name), filename: 'page.js' },
    performance: { hints: false },
  });
  if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
  return writePage(folder, name, './page.js');
}

/** Every entry point of every installed package, by the file that its `exports` name. */
function plain(folder) {
  const scope = join(folder, 'node_modules', '@gradus');
  const imports = {};
  for (const name of readdirSync(scope)) {
    const { exports } = JSON.parse(readFileSync(join(scope, name, 'package.json'), 'utf8'));
    for (const [path, target] of Object.entries(exports)) {
      if (typeof target === 'string') continue;
      imports[`@gradus/${name}${path.slice(1)}`] = `../node_modules/@gradus/${name}/${target.default.slice(2)}`;
    }
  }
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>\n`;
  return writePage(folder, 'plain', '../page.mjs', map);
}
